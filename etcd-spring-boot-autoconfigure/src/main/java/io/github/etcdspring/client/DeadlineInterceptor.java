package io.github.etcdspring.client;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Gives each request a deadline, as jetcd sets none. With a deadline of gRPC's own a
 * request that was given up is never sent later, when the connection is back.
 */
final class DeadlineInterceptor implements ClientInterceptor {

	/**
	 * Deadline of the calls made in the current context, for single calls on methods that
	 * gRPC takes for streams.
	 */
	static final Context.Key<Duration> TIMEOUT = Context.key("etcd-timeout");

	/** Whether calls made in the current context fail where there is no connection. */
	static final Context.Key<Boolean> FAIL_FAST = Context.key("etcd-fail-fast");

	/** Locks and elections wait for as long as somebody else holds them. */
	private static final Set<String> SERVICES = Set.of("etcdserverpb.KV", "etcdserverpb.Lease", "etcdserverpb.Auth",
			"etcdserverpb.Cluster");

	private final Duration requestTimeout;

	DeadlineInterceptor(Duration requestTimeout) {
		this.requestTimeout = requestTimeout;
	}

	@Override
	public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
		Duration timeout = (options.getDeadline() == null) ? timeout(method) : null;
		CallOptions base = (Boolean.TRUE.equals(FAIL_FAST.get())) ? options.withoutWaitForReady() : options;
		return next.newCall(method,
				(timeout != null) ? base.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS) : base);
	}

	private @Nullable Duration timeout(MethodDescriptor<?, ?> method) {
		if (method.getType() == MethodType.UNARY && SERVICES.contains(String.valueOf(method.getServiceName()))) {
			return this.requestTimeout;
		}
		return TIMEOUT.get();
	}

}
