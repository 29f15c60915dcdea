package io.github.etcdspring.actuate;

import java.util.concurrent.TimeUnit;

import io.github.etcdspring.client.CallObserver;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/**
 * gRPC interceptor that times unary requests to etcd by method and outcome. Streams are
 * not timed, as a watch lasts as long as the application.
 */
final class CallMetrics implements CallObserver {

	private final MeterProvider<Timer> timers;

	CallMetrics(MeterRegistry registry) {
		this.timers = Timer.builder("etcd.client.requests")
			.description("Duration of requests to etcd by method and outcome")
			.withRegistry(registry);
	}

	@Override
	public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
		ClientCall<Q, A> call = next.newCall(method, options);
		return (method.getType() == MethodType.UNARY) ? new TimedCall<>(call, method.getFullMethodName()) : call;
	}

	private void record(String method, Status status, long nanos) {
		this.timers.withTags("method", method, "outcome", status.getCode().name()).record(nanos, TimeUnit.NANOSECONDS);
	}

	/**
	 * Call that is timed from its start to its end.
	 */
	private final class TimedCall<Q, A> extends SimpleForwardingClientCall<Q, A> {

		private final String method;

		TimedCall(ClientCall<Q, A> call, String method) {
			super(call);
			this.method = method;
		}

		@Override
		public void start(Listener<A> listener, Metadata headers) {
			long start = System.nanoTime();
			super.start(new SimpleForwardingClientCallListener<>(listener) {

				@Override
				public void onClose(Status status, Metadata trailers) {
					try {
						record(TimedCall.this.method, status, System.nanoTime() - start);
					}
					finally {
						super.onClose(status, trailers);
					}
				}

			}, headers);
		}

	}

}
