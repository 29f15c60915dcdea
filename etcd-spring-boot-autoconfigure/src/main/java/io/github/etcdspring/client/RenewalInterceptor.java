package io.github.etcdspring.client;

import io.etcd.jetcd.api.LeaseGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.MethodDescriptor;

/**
 * Sends a single renewal of a lease once; jetcd sends it a second time when it closes the
 * stream.
 */
final class RenewalInterceptor implements ClientInterceptor {

	@Override
	public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
		// without a timeout, it may be a stream of renewals
		if (DeadlineInterceptor.TIMEOUT.get() == null || !method.equals(LeaseGrpc.getLeaseKeepAliveMethod())) {
			return next.newCall(method, options);
		}
		// the response only completes a future, which needs no thread of its own
		return new SimpleForwardingClientCall<>(next.newCall(method, options.withExecutor(Runnable::run))) {

			private boolean sent;

			@Override
			public void sendMessage(Q message) {
				if (!this.sent) {
					this.sent = true;
					super.sendMessage(message);
				}
			}

		};
	}

}
