package io.github.etcdspring.client;

import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.grpc.ConnectivityState;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerRegistry;
import io.grpc.Status;
import io.grpc.SynchronizationContext.ScheduledHandle;
import io.grpc.util.ForwardingLoadBalancerHelper;
import org.jspecify.annotations.Nullable;

/**
 * Round robin over the members that tries again about two seconds after all of them
 * failed. gRPC's own back-off grows to two minutes and cannot be set from outside, so
 * that after a long outage of etcd an application would stay cut off for as long again. A
 * fresh child starts with fresh connections and no back-off.
 */
final class BoundedReconnectLoadBalancer extends LoadBalancer {

	private static final long RETRY_MILLIS = 1500;

	private static final long JITTER_MILLIS = 1000;

	private final Helper helper;

	private LoadBalancer child;

	private @Nullable ResolvedAddresses addresses;

	private @Nullable ScheduledHandle retry;

	BoundedReconnectLoadBalancer(Helper helper) {
		this.helper = helper;
		this.child = newChild();
	}

	private LoadBalancer newChild() {
		return Objects.requireNonNull(LoadBalancerRegistry.getDefaultRegistry().getProvider("round_robin"))
			.newLoadBalancer(new CurrentChild());
	}

	private void stateChanged(ConnectivityState state) {
		if (state != ConnectivityState.TRANSIENT_FAILURE) {
			// a child that is connecting must not be thrown away in mid-handshake
			cancelRetry();
		}
		else if (this.retry == null) {
			long delay = RETRY_MILLIS + ThreadLocalRandom.current().nextLong(JITTER_MILLIS);
			this.retry = this.helper.getSynchronizationContext()
				.schedule(this::replaceChild, delay, TimeUnit.MILLISECONDS, this.helper.getScheduledExecutorService());
		}
	}

	private void replaceChild() {
		this.retry = null;
		if (this.addresses != null) {
			LoadBalancer failed = this.child;
			this.child = newChild();
			failed.shutdown();
			this.child.acceptResolvedAddresses(this.addresses);
		}
		// the names may stand for other members by now, or have begun to resolve
		this.helper.refreshNameResolution();
	}

	private void cancelRetry() {
		if (this.retry != null) {
			this.retry.cancel();
			this.retry = null;
		}
	}

	@Override
	public Status acceptResolvedAddresses(ResolvedAddresses resolvedAddresses) {
		this.addresses = resolvedAddresses;
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
		this.child.shutdown();
	}

	/**
	 * Passes on the state of the current child; a replaced one has nothing more to say.
	 */
	private final class CurrentChild extends ForwardingLoadBalancerHelper {

		private @Nullable LoadBalancer owner;

		@Override
		protected Helper delegate() {
			return BoundedReconnectLoadBalancer.this.helper;
		}

		@Override
		public void updateBalancingState(ConnectivityState state, SubchannelPicker picker) {
			if (this.owner == null) {
				this.owner = BoundedReconnectLoadBalancer.this.child;
			}
			if (this.owner == BoundedReconnectLoadBalancer.this.child) {
				super.updateBalancingState(state, picker);
				stateChanged(state);
			}
		}

	}

}
