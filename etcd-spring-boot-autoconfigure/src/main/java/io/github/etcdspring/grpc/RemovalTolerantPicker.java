package io.github.etcdspring.grpc;

import io.grpc.ClientStreamTracer;
import io.grpc.ClientStreamTracer.StreamInfo;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.util.ForwardingClientStreamTracer;

/**
 * Picks as the outlier detection of gRPC does, and tolerates that it cannot count a call.
 * If an instance is removed between the choice of its connection and the end of a call,
 * the outlier detection throws a {@link NullPointerException} at that end, and gRPC never
 * reports the end of the call, not even when its deadline expires.
 */
final class RemovalTolerantPicker extends SubchannelPicker {

	private final SubchannelPicker delegate;

	/**
	 * Create a picker.
	 * @param delegate the picker of the outlier detection
	 */
	RemovalTolerantPicker(SubchannelPicker delegate) {
		this.delegate = delegate;
	}

	@Override
	public PickResult pickSubchannel(PickSubchannelArgs args) {
		PickResult result = this.delegate.pickSubchannel(args);
		ClientStreamTracer.Factory counting = result.getStreamTracerFactory();
		return (counting != null) ? result.copyWithStreamTracerFactory(new TolerantFactory(counting)) : result;
	}

	private static final class TolerantFactory extends ClientStreamTracer.Factory {

		private final ClientStreamTracer.Factory delegate;

		TolerantFactory(ClientStreamTracer.Factory delegate) {
			this.delegate = delegate;
		}

		@Override
		public ClientStreamTracer newClientStreamTracer(StreamInfo info, Metadata headers) {
			ClientStreamTracer tracer = this.delegate.newClientStreamTracer(info, headers);
			return new ForwardingClientStreamTracer() {

				@Override
				protected ClientStreamTracer delegate() {
					return tracer;
				}

				@Override
				public void streamClosed(Status status) {
					try {
						super.streamClosed(status);
					}
					catch (NullPointerException ex) {
						// the instance has been removed, and with it its counts
					}
				}

			};
		}

	}

}
