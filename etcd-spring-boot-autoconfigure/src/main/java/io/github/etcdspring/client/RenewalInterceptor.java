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
		ClientCall<Q, A> call = next.newCall(method, options);
		// without a timeout, it may be a stream of renewals
		if (DeadlineInterceptor.TIMEOUT.get() == null || !method.equals(LeaseGrpc.getLeaseKeepAliveMethod())) {
			return call;
		}
		return new SimpleForwardingClientCall<>(call) {

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
