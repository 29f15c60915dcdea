package io.github.etcdspring.client;

import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerProvider;

/**
 * Registers {@link BoundedReconnectLoadBalancer} with gRPC as a named policy.
 */
public final class BoundedReconnectLoadBalancerProvider extends LoadBalancerProvider {

	static final String POLICY = "etcd_bounded_reconnect";

	@Override
	public boolean isAvailable() {
		return true;
	}

	@Override
	public int getPriority() {
		return 5;
	}

	@Override
	public String getPolicyName() {
		return POLICY;
	}

	@Override
	public LoadBalancer newLoadBalancer(LoadBalancer.Helper helper) {
		return new BoundedReconnectLoadBalancer(helper);
	}

}
