package io.github.etcdspring.grpc;

import java.util.Map;

import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerProvider;
import io.grpc.NameResolver.ConfigOrError;

/**
 * Registers the load balancing policy {@code etcd_service} with gRPC: round robin inside
 * outlier detection, or the policy in {@code childPolicy}. gRPC loads it as a Java
 * service.
 *
 * @since 0.1.0
 */
public final class ServiceLoadBalancerProvider extends LoadBalancerProvider {

	static final String POLICY = "etcd_service";

	/**
	 * Create a provider. Called by gRPC.
	 */
	public ServiceLoadBalancerProvider() {
	}

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
		return new ServiceLoadBalancer(helper);
	}

	@Override
	public ConfigOrError parseLoadBalancingPolicyConfig(Map<String, ?> config) {
		return ChildPolicy.parse(config);
	}

}
