package io.github.etcdspring.client;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.grpc.ClientStreamTracer;
import io.grpc.ConnectivityState;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerRegistry;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.SynchronizationContext.ScheduledHandle;
import io.grpc.util.ForwardingLoadBalancerHelper;
import io.grpc.util.ForwardingSubchannel;
import org.jspecify.annotations.Nullable;

/**
 * Round-robin load balancer that reconnects about two seconds after the connections to
 * all members have failed. The back-off of gRPC grows to two minutes and is not
 * configurable, so an application would stay disconnected for that long after an outage
 * of etcd. A new child starts with new connections and without back-off.
 * <p>
 * An unanswered request may be due to a dead connection. gRPC detects it after 10 seconds
 * at the earliest, by when a lease may have expired. A new child therefore replaces the
 * current one as soon as it is connected. If etcd itself hangs, the new child does not
 * connect and nothing changes. Watches continue on the old connections while these work.
 */
final class BoundedReconnectLoadBalancer extends LoadBalancer {

	private static final long RETRY_MILLIS = 1500;

	private static final long JITTER_MILLIS = 1000;

	/** A handshake of this age is abandoned; a loaded machine takes about a second. */
	private static final long MAX_HANDSHAKE_MILLIS = 2000;

	/** A call with a shorter timeout does not indicate a dead connection. */
	private static final Duration MIN_CALL_TIME = Duration.ofMillis(500);

	/** Minimum time between two attempts to replace the connections. */
	private static final Duration MIN_REPLACEMENT_INTERVAL = Duration.ofSeconds(10);

	private final Helper helper;

	private final UnansweredCalls unansweredCalls = new UnansweredCalls();

	private LoadBalancer child;

	/** Connecting child that replaces one whose connections may be dead. */
	private @Nullable LoadBalancer successor;

	private long successorStartedAt = System.nanoTime() - MIN_REPLACEMENT_INTERVAL.toNanos();

	private @Nullable ResolvedAddresses addresses;

	private @Nullable ScheduledHandle retry;

	/** The connection that was begun last, while it is being established. */
	private @Nullable Subchannel connecting;

	private long connectingSince;

	BoundedReconnectLoadBalancer(Helper helper) {
		this.helper = helper;
		this.child = newChild();
	}

	private LoadBalancer newChild() {
		ChildObserver observer = new ChildObserver();
		LoadBalancer created = Objects
			.requireNonNull(LoadBalancerRegistry.getDefaultRegistry().getProvider("round_robin"))
			.newLoadBalancer(observer);
		observer.owner = created;
		return created;
	}

	private void stateChanged(ConnectivityState state) {
		if (state != ConnectivityState.TRANSIENT_FAILURE) {
			cancelRetry();
		}
		else if (this.retry == null) {
			scheduleRetry(RETRY_MILLIS + ThreadLocalRandom.current().nextLong(JITTER_MILLIS));
		}
	}

	private void scheduleRetry(long delayMillis) {
		this.retry = this.helper.getSynchronizationContext()
			.schedule(this::replaceChild, delayMillis, TimeUnit.MILLISECONDS,
					this.helper.getScheduledExecutorService());
	}

	private void replaceChild() {
		this.retry = null;
		// the child reports a failure until it is connected, also while it tries again
		long remaining = MAX_HANDSHAKE_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.connectingSince);
		if (this.connecting != null && remaining > 0) {
			scheduleRetry(remaining);
			return;
		}
		if (this.addresses != null) {
			shutdownSuccessor();
			LoadBalancer failed = this.child;
			this.child = newChild();
			failed.shutdown();
			this.child.acceptResolvedAddresses(this.addresses);
		}
		// the names may resolve to other members, or resolve for the first time
		this.helper.refreshNameResolution();
	}

	private void subchannelChanged(Subchannel subchannel, ConnectivityState state) {
		if (state == ConnectivityState.CONNECTING) {
			this.connecting = subchannel;
			this.connectingSince = System.nanoTime();
		}
		else if (this.connecting == subchannel) {
			this.connecting = null;
		}
	}

	private void cancelRetry() {
		if (this.retry != null) {
			this.retry.cancel();
			this.retry = null;
		}
	}

	private void startSuccessor() {
		long now = System.nanoTime();
		if (this.addresses == null || this.successor != null
				|| now - this.successorStartedAt < MIN_REPLACEMENT_INTERVAL.toNanos()) {
			return;
		}
		this.successorStartedAt = now;
		LoadBalancer created = newChild();
		this.successor = created;
		created.acceptResolvedAddresses(this.addresses);
	}

	private void successorChanged(LoadBalancer changed, ConnectivityState state) {
		if (state == ConnectivityState.READY) {
			LoadBalancer former = this.child;
			this.child = changed;
			this.successor = null;
			former.shutdown();
		}
		else if (state == ConnectivityState.TRANSIENT_FAILURE) {
			shutdownSuccessor();
		}
	}

	private void shutdownSuccessor() {
		LoadBalancer former = this.successor;
		this.successor = null;
		if (former != null) {
			former.shutdown();
		}
	}

	@Override
	public Status acceptResolvedAddresses(ResolvedAddresses resolvedAddresses) {
		this.addresses = resolvedAddresses;
		if (this.successor != null) {
			this.successor.acceptResolvedAddresses(resolvedAddresses);
		}
		return this.child.acceptResolvedAddresses(resolvedAddresses);
	}

	@Override
	public void handleNameResolutionError(Status error) {
		this.child.handleNameResolutionError(error);
	}

	@Override
	public void requestConnection() {
		this.child.requestConnection();
	}

	@Override
	public void shutdown() {
		cancelRetry();
		this.addresses = null;
		shutdownSuccessor();
		this.child.shutdown();
	}

	/**
	 * Reports the state of the current child, and ignores that of a replaced one.
	 */
	private final class ChildObserver extends ForwardingLoadBalancerHelper {

		private @Nullable LoadBalancer owner;

		@Override
		protected Helper delegate() {
			return BoundedReconnectLoadBalancer.this.helper;
		}

		@Override
		public Subchannel createSubchannel(CreateSubchannelArgs args) {
			return new ObservedSubchannel(super.createSubchannel(args));
		}

		@Override
		public void updateBalancingState(ConnectivityState state, SubchannelPicker picker) {
			BoundedReconnectLoadBalancer balancer = BoundedReconnectLoadBalancer.this;
			LoadBalancer own = this.owner;
			if (own != null && own == balancer.successor) {
				balancer.successorChanged(own, state);
			}
			if (own == null || own == balancer.child) {
				super.updateBalancingState(state, new TracingPicker(picker));
				stateChanged(state);
			}
		}

	}

	/**
	 * Reports the states of a connection.
	 */
	private final class ObservedSubchannel extends ForwardingSubchannel {

		private final Subchannel delegate;

		ObservedSubchannel(Subchannel delegate) {
			this.delegate = delegate;
		}

		@Override
		protected Subchannel delegate() {
			return this.delegate;
		}

		@Override
		public void start(SubchannelStateListener listener) {
			super.start((info) -> {
				subchannelChanged(this, info.getState());
				listener.onSubchannelState(info);
			});
		}

	}

	/**
	 * Delegates to another picker and traces its calls.
	 */
	private final class TracingPicker extends SubchannelPicker {

		private final SubchannelPicker picker;

		TracingPicker(SubchannelPicker picker) {
			this.picker = picker;
		}

		@Override
		public PickResult pickSubchannel(PickSubchannelArgs args) {
			PickResult result = this.picker.pickSubchannel(args);
			Subchannel subchannel = result.getSubchannel();
			return (subchannel != null)
					? PickResult.withSubchannel(subchannel, BoundedReconnectLoadBalancer.this.unansweredCalls) : result;
		}

	}

	/**
	 * Detects calls that are cancelled, or time out, without any response.
	 */
	private final class UnansweredCalls extends ClientStreamTracer.Factory {

		@Override
		public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata headers) {
			return new ClientStreamTracer() {

				private final long begin = System.nanoTime();

				private volatile boolean answered;

				@Override
				public void inboundHeaders() {
					this.answered = true;
				}

				@Override
				public void streamClosed(Status status) {
					if (!this.answered && isAbandoned(status)
							&& System.nanoTime() - this.begin > MIN_CALL_TIME.toNanos()) {
						BoundedReconnectLoadBalancer.this.helper.getSynchronizationContext()
							.execute(BoundedReconnectLoadBalancer.this::startSuccessor);
					}
				}

			};
		}

		/** gRPC cancels calls that it could retry, also when their deadline expires. */
		private static boolean isAbandoned(Status status) {
			return status.getCode() == Status.Code.DEADLINE_EXCEEDED || status.getCode() == Status.Code.CANCELLED;
		}

	}

}
