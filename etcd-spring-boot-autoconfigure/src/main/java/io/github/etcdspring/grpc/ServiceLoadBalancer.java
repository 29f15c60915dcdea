package io.github.etcdspring.grpc;

import io.grpc.ConnectivityState;
import io.grpc.LoadBalancer;
import io.grpc.Status;
import io.grpc.util.ForwardingLoadBalancerHelper;
import org.jspecify.annotations.Nullable;

/**
 * Ends the connections to instances that must not be called any more, which gRPC's
 * policies keep, and delegates all else to another policy.
 * <ul>
 * <li>A list without addresses ends all connections at once.</li>
 * <li>An error of the name resolver means that etcd holds no instance. Calls go on to the
 * last known ones until the last connection ends. Then their addresses are dropped, as
 * another service may be there later.</li>
 * </ul>
 */
final class ServiceLoadBalancer extends LoadBalancer {

	private final Helper helper;

	private @Nullable Child child;

	/** Why there is no instance, {@code null} if there is one. */
	private @Nullable Status error;

	ServiceLoadBalancer(Helper helper) {
		this.helper = helper;
	}

	@Override
	public Status acceptResolvedAddresses(ResolvedAddresses addresses) {
		if (addresses.getAddresses().isEmpty()) {
			drop(Status.UNAVAILABLE.withDescription(addresses.getAttributes().get(Resolution.PROBLEM)));
			return Status.OK;
		}
		this.error = null;
		ChildPolicy policy = (ChildPolicy) addresses.getLoadBalancingPolicyConfig();
		if (policy == null) {
			policy = ChildPolicy.defaultPolicy();
		}
		if (this.child == null || !this.child.policy.provider().equals(policy.provider())) {
			closeChild();
			this.child = new Child(policy);
		}
		return this.child.accept(addresses, policy);
	}

	@Override
	public void handleNameResolutionError(Status error) {
		this.error = error;
		if (this.child == null || this.child.state != ConnectivityState.READY) {
			drop(error);
		}
	}

	private void drop(Status error) {
		closeChild();
		this.helper.updateBalancingState(ConnectivityState.TRANSIENT_FAILURE,
				new FixedResultPicker(PickResult.withError(error)));
	}

	private void dropUnconnected() {
		if (this.error != null && this.child != null && this.child.state != ConnectivityState.READY) {
			drop(this.error);
		}
	}

	@Override
	public void requestConnection() {
		if (this.child != null) {
			this.child.delegate.requestConnection();
		}
	}

	@Override
	public void shutdown() {
		closeChild();
	}

	private void closeChild() {
		Child closing = this.child;
		this.child = null;
		if (closing != null) {
			closing.close();
		}
	}

	/**
	 * A load balancer of the other policy.
	 */
	private final class Child extends ForwardingLoadBalancerHelper {

		private final LoadBalancer delegate;

		private ChildPolicy policy;

		private @Nullable ResolvedAddresses addresses;

		private ConnectivityState state = ConnectivityState.CONNECTING;

		Child(ChildPolicy policy) {
			this.policy = policy;
			this.delegate = policy.provider().newLoadBalancer(this);
		}

		@Override
		protected Helper delegate() {
			return ServiceLoadBalancer.this.helper;
		}

		Status accept(ResolvedAddresses addresses, ChildPolicy policy) {
			this.policy = policy;
			this.addresses = addresses;
			return this.delegate
				.acceptResolvedAddresses(addresses.toBuilder().setLoadBalancingPolicyConfig(policy.config()).build());
		}

		@Override
		public void updateBalancingState(ConnectivityState state, SubchannelPicker picker) {
			this.state = state;
			if (ServiceLoadBalancer.this.child != this) {
				return;
			}
			boolean detectsOutliers = this.policy.withoutTimer() != null;
			super.updateBalancingState(state, (detectsOutliers) ? new RemovalTolerantPicker(picker) : picker);
			if (ServiceLoadBalancer.this.error != null && state != ConnectivityState.READY) {
				// not within a callback of the child that is closed
				getSynchronizationContext().execute(ServiceLoadBalancer.this::dropUnconnected);
			}
		}

		/**
		 * The outlier detection of gRPC does not cancel its timer when it is shut down,
		 * only when it is disabled. The timer would run until the JVM ends, once for each
		 * time that the channel was idle.
		 */
		void close() {
			if (this.addresses != null && this.policy.withoutTimer() != null) {
				this.delegate.acceptResolvedAddresses(
						this.addresses.toBuilder().setLoadBalancingPolicyConfig(this.policy.withoutTimer()).build());
			}
			this.delegate.shutdown();
		}

	}

}
