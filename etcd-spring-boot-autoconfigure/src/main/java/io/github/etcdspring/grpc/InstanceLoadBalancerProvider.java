package io.github.etcdspring.grpc;

import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerProvider;
import io.grpc.NameResolver.ConfigOrError;

/**
 * Registers the load balancing policy {@code etcd_round_robin} with gRPC: round robin
 * with zone preference, weights and slow start. gRPC loads it as a Java service.
 *
 * @since 0.1.0
 */
public final class InstanceLoadBalancerProvider extends LoadBalancerProvider {

	static final String POLICY = "etcd_round_robin";

	/**
	 * Create a provider. Called by gRPC.
	 */
	public InstanceLoadBalancerProvider() {
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
		return new InstanceLoadBalancer(helper, System::nanoTime, () -> ThreadLocalRandom.current().nextDouble());
	}

	@Override
	public ConfigOrError parseLoadBalancingPolicyConfig(Map<String, ?> config) {
		return InstanceSelection.parse(config);
	}

}
