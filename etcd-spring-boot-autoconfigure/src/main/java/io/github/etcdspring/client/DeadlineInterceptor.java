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
 * Sets a deadline for each request, as jetcd does not. A gRPC deadline also ensures that
 * a request that timed out is not sent later, after a reconnect.
 */
final class DeadlineInterceptor implements ClientInterceptor {

	/**
	 * Timeout of the calls in the current context, for single calls of streaming methods.
	 */
	static final Context.Key<Duration> TIMEOUT = Context.key("etcd-timeout");

	/** Whether calls in the current context fail if there is no connection. */
	static final Context.Key<Boolean> FAIL_FAST = Context.key("etcd-fail-fast");

	/**
	 * Services with a deadline. Locks and elections may block until they are acquired.
	 */
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
