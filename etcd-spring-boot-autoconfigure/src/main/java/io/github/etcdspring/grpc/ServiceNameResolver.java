package io.github.etcdspring.grpc;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import io.grpc.SynchronizationContext.ScheduledHandle;
import org.jspecify.annotations.Nullable;

/**
 * Follows the instances of a service. The catalog pushes each change, so nothing is
 * polled. All fields without another comment are confined to the synchronization context
 * of the channel. Look-ups run on its offload executor, as DNS may block.
 */
final class ServiceNameResolver extends NameResolver {

	private final String service;

	private final String authority;

	private final Args arguments;

	private final SynchronizationContext channel;

	private final Executor executor;

	private final Runnable changeListener = this::changed;

	private @Nullable ContextServices services;

	private @Nullable Listener2 listener;

	private @Nullable Resolution delivered;

	/** Ends the time in which calls wait for the first answer of etcd. */
	private @Nullable ScheduledHandle timeout;

	private boolean timedOut;

	private boolean resolving;

	private boolean outdated;

	/** Guarded by this. */
	private boolean shutdown;

	/**
	 * Create a resolver.
	 * @param service the name of the service
	 * @param authority the same name, encoded for use in a URI
	 * @param arguments the arguments of the channel
	 */
	ServiceNameResolver(String service, String authority, Args arguments) {
		this.service = service;
		this.authority = authority;
		this.arguments = arguments;
		this.channel = arguments.getSynchronizationContext();
		this.executor = Objects.requireNonNull(arguments.getOffloadExecutor());
		this.services = findServices();
	}

	private @Nullable ContextServices findServices() {
		ContextServices bound = this.arguments.getArg(ContextServices.ARGUMENT);
		return (bound != null) ? bound : ContextServices.latest();
	}

	@Override
	public String getServiceAuthority() {
		return this.authority;
	}

	@Override
	public void start(Listener2 listener) {
		this.listener = listener;
		if (this.services == null) {
			this.services = findServices();
		}
		if (this.services == null) {
			// gRPC calls refresh() after a back-off
			listener.onResult2(Resolution.withoutContext(this.service).toResult().build());
			return;
		}
		ServiceCatalog catalog = this.services.catalog();
		this.timeout = this.channel.schedule(this::timedOut, catalog.lookUpTimeout().toNanos(), TimeUnit.NANOSECONDS,
				this.arguments.getScheduledExecutorService());
		catalog.addListener(this.service, this.changeListener);
		resolve();
	}

	private void timedOut() {
		this.timedOut = true;
		resolve();
	}

	/**
	 * Resolves host names again. The instances are known anyway.
	 */
	@Override
	public void refresh() {
		if (this.services != null) {
			resolve();
		}
		else if (this.listener != null) {
			start(this.listener);
		}
	}

	@Override
	public void shutdown() {
		this.listener = null;
		if (this.timeout != null) {
			this.timeout.cancel();
		}
		if (this.services != null) {
			this.services.catalog().removeListener(this.service, this.changeListener);
		}
		synchronized (this) {
			this.shutdown = true;
		}
	}

	/** Runs on the thread of the catalog. */
	private void changed() {
		offload(() -> this.channel.execute(this::resolve));
	}

	/**
	 * Run a task on the offload executor, unless the resolver has been shut down: the
	 * channel would get an executor again and never return it.
	 */
	private synchronized void offload(Runnable task) {
		if (!this.shutdown) {
			this.executor.execute(task);
		}
	}

	private void resolve() {
		if (this.listener == null || this.services == null) {
			return;
		}
		if (this.resolving) {
			this.outdated = true;
			return;
		}
		this.resolving = true;
		ServiceCatalog catalog = this.services.catalog();
		catalog.follow(this.service).whenComplete((answer, failure) -> offload(() -> {
			Resolution resolution = Resolution.of(catalog, this.service);
			this.channel.execute(() -> resolved(resolution));
		}));
	}

	private void resolved(Resolution resolution) {
		this.resolving = false;
		if (this.listener == null) {
			return;
		}
		if (resolution.state() != Resolution.State.UNANSWERED || this.timedOut) {
			deliver(this.listener, resolution);
		}
		if (this.outdated) {
			this.outdated = false;
			resolve();
		}
	}

	/**
	 * Deliver a result unless it is the last one: outlier detection would forget what it
	 * has counted, and gRPC would log an error again.
	 */
	private void deliver(Listener2 listener, Resolution resolution) {
		if (resolution.equals(this.delivered)) {
			return;
		}
		ResolutionResult.Builder result = resolution.toResult();
		Map<String, ?> serviceConfig = (this.services != null) ? this.services.serviceConfig(this.service) : null;
		if (serviceConfig != null) {
			result.setServiceConfig(this.arguments.getServiceConfigParser().parseServiceConfig(serviceConfig));
		}
		Status status = listener.onResult2(result.build());
		// gRPC calls refresh() after a back-off if its load balancing policy rejects
		// addresses
		this.delivered = (status.isOk() || !resolution.isCallable()) ? resolution : null;
	}

}
