package io.github.etcdspring.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

import io.etcd.jetcd.Client;
import io.grpc.Context;

/**
 * The client together with how long to wait for it and how to explain its failures.
 */
public final class EtcdConnection {

	private final Client client;

	private final Duration requestTimeout;

	private final Duration startupTimeout;

	private final Function<EtcdRequestException, String> diagnosis;

	private final List<String> endpoints;

	EtcdConnection(Client client, Duration requestTimeout, Duration startupTimeout,
			Function<EtcdRequestException, String> diagnosis, List<String> endpoints) {
		this.client = client;
		this.requestTimeout = requestTimeout;
		this.startupTimeout = startupTimeout;
		this.diagnosis = diagnosis;
		this.endpoints = List.copyOf(endpoints);
	}

	/**
	 * The client.
	 * @return the client, owned by the application context
	 */
	public Client client() {
		return this.client;
	}

	/**
	 * Where the client connects to.
	 * @return client URLs of members or the gRPC target, none of them if the application
	 * brings its own client
	 */
	public List<String> endpoints() {
		return this.endpoints;
	}

	/**
	 * Time allowed for one request.
	 * @return the time
	 */
	public Duration requestTimeout() {
		return this.requestTimeout;
	}

	/**
	 * Time that start-up waits for etcd.
	 * @return the time
	 */
	public Duration startupTimeout() {
		return this.startupTimeout;
	}

	/**
	 * Make a request and wait for the answer, on the calling thread.
	 * @param <T> type of the answer
	 * @param request starts the request
	 * @param timeout time allowed
	 * @return the answer
	 * @throws EtcdRequestException if there is no answer in time or etcd refused
	 * @throws InterruptedException if the thread is interrupted
	 */
	public <T> T call(Supplier<CompletableFuture<T>> request, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		CompletableFuture<T> answer;
		try {
			answer = send(request, Context.current().withValue(DeadlineInterceptor.TIMEOUT, timeout));
		}
		catch (RuntimeException | LinkageError ex) {
			throw EtcdRequestException.of(ex);
		}
		try {
			return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (ExecutionException | CancellationException ex) {
			throw EtcdRequestException.of(ex);
		}
		catch (TimeoutException ex) {
			throw EtcdRequestException.timeout("no answer within " + timeout.toMillis() + " ms");
		}
		finally {
			answer.cancel(true);
		}
	}

	/**
	 * Make a request within the {@link #requestTimeout()}.
	 * @param <T> type of the answer
	 * @param request starts the request
	 * @return the answer
	 * @throws EtcdRequestException if there is no answer in time or etcd refused
	 * @throws InterruptedException if the thread is interrupted
	 */
	public <T> T call(Supplier<CompletableFuture<T>> request) throws EtcdRequestException, InterruptedException {
		return call(request, this.requestTimeout);
	}

	/**
	 * Make a request that ends within a time, or at once where there is no connection,
	 * and do not wait for the answer.
	 * @param <T> type of the answer
	 * @param request starts the request
	 * @param timeout time allowed
	 * @return the answer
	 */
	<T> CompletableFuture<T> callFailFast(Supplier<CompletableFuture<T>> request, Duration timeout) {
		Context context = Context.current()
			.withValues(DeadlineInterceptor.TIMEOUT, timeout, DeadlineInterceptor.FAIL_FAST, true);
		try {
			return send(request, context);
		}
		catch (RuntimeException | LinkageError ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	private static <T> CompletableFuture<T> send(Supplier<CompletableFuture<T>> request, Context context) {
		Context previous = context.attach();
		try {
			return request.get();
		}
		finally {
			context.detach(previous);
		}
	}

	/**
	 * Explain a failure to whoever runs the application: which endpoint, and why. Where
	 * etcd gave no answer this asks each endpoint, which takes up to three seconds. Ends
	 * early and keeps the interrupt when the thread is interrupted.
	 * @param failure a failure of a call or a watch
	 * @return the failure in other words
	 */
	public EtcdProblem explain(EtcdRequestException failure) {
		return new EtcdProblem(text(failure), failure.requiresIntervention());
	}

	private String text(EtcdRequestException failure) {
		try {
			return this.diagnosis.apply(failure);
		}
		catch (RuntimeException ex) {
			// no reason to let the caller fail
			return failure.getMessage();
		}
	}

}
