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
 * Client with its timeouts and the diagnosis of its failures.
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
	 * Return the client.
	 * @return the client, owned by the application context
	 */
	public Client client() {
		return this.client;
	}

	/**
	 * Return the addresses that the client connects to.
	 * @return client URLs of members or the gRPC target, empty if the application defines
	 * its own client
	 */
	public List<String> endpoints() {
		return this.endpoints;
	}

	/**
	 * Return the timeout for a request.
	 * @return the timeout
	 */
	public Duration requestTimeout() {
		return this.requestTimeout;
	}

	/**
	 * Return the maximum time to wait for etcd on startup.
	 * @return the time
	 */
	public Duration startupTimeout() {
		return this.startupTimeout;
	}

	/**
	 * Send a request and wait for the response, on the calling thread.
	 * @param <T> type of the response
	 * @param request starts the request
	 * @param timeout the timeout
	 * @return the response
	 * @throws EtcdRequestException if the request failed or timed out
	 * @throws InterruptedException if the thread is interrupted
	 */
	public <T> T call(Supplier<CompletableFuture<T>> request, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		if (Thread.interrupted()) {
			// a response that arrives before the wait would hide the interrupt
			throw new InterruptedException();
		}
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
	 * Send a request with the {@link #requestTimeout()} and wait for the response, on the
	 * calling thread.
	 * @param <T> type of the response
	 * @param request starts the request
	 * @return the response
	 * @throws EtcdRequestException if the request failed or timed out
	 * @throws InterruptedException if the thread is interrupted
	 */
	public <T> T call(Supplier<CompletableFuture<T>> request) throws EtcdRequestException, InterruptedException {
		return call(request, this.requestTimeout);
	}

	/**
	 * Send a request that fails immediately if there is no connection. Returns without
	 * waiting for the response.
	 * @param <T> type of the response
	 * @param request starts the request
	 * @param timeout the timeout
	 * @return completes with the response
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

	/**
	 * Open a watch on the stream that the watches of this connection share. If the
	 * application defines its own client, each watch has its own stream.
	 * @param <T> type of the watch
	 * @param watch opens the watch. Its listener must not block, and the watch must be
	 * closed after its first error
	 * @return the watch
	 */
	public <T> T openOnSharedStream(Supplier<T> watch) {
		return send(watch, Context.current().withValue(WatchMultiplexer.SHARED, true));
	}

	private static <T> T send(Supplier<T> request, Context context) {
		Context previous = context.attach();
		try {
			return request.get();
		}
		finally {
			context.detach(previous);
		}
	}

	/**
	 * Explain a failure with endpoint, cause and remedy. If etcd did not answer, this
	 * probes each endpoint and blocks for up to three seconds. Returns early, with the
	 * interrupt flag set, if the thread is interrupted.
	 * @param failure a failure of a call or a watch
	 * @return the explanation
	 */
	public EtcdProblem explain(EtcdRequestException failure) {
		return new EtcdProblem(text(failure), failure.requiresIntervention());
	}

	private String text(EtcdRequestException failure) {
		try {
			return this.diagnosis.apply(failure);
		}
		catch (RuntimeException ex) {
			// a failed diagnosis must not fail the caller
			return failure.getMessage();
		}
	}

}
