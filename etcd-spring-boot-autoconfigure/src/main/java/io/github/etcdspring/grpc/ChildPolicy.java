package io.github.etcdspring.grpc;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.grpc.LoadBalancerProvider;
import io.grpc.LoadBalancerRegistry;
import io.grpc.NameResolver.ConfigOrError;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of {@link ServiceLoadBalancer}.
 *
 * @param provider the policy that distributes the calls
 * @param config its configuration
 * @param withoutTimer for outlier detection, the configuration that disables it
 */
record ChildPolicy(LoadBalancerProvider provider, @Nullable Object config, @Nullable Object withoutTimer) {

	private static final String CHILD_POLICY = "childPolicy";

	private static final String OUTLIER_DETECTION = "outlier_detection_experimental";

	private static final List<String> EJECTIONS = List.of("successRateEjection", "failurePercentageEjection");

	static ChildPolicy defaultPolicy() {
		ConfigOrError parsed = parse(Map.of());
		if (parsed.getConfig() instanceof ChildPolicy policy) {
			return policy;
		}
		throw new IllegalStateException(String.valueOf(parsed.getError()));
	}

	/**
	 * Return the service config of a channel.
	 * @param outlierDetection whether to eject instances that fail
	 * @param selection how calls are distributed
	 * @return the service config
	 */
	static Map<String, ?> serviceConfig(boolean outlierDetection, InstanceSelection selection) {
		return Map.of("loadBalancingConfig", List.of(Map.of(ServiceLoadBalancerProvider.POLICY, Map.of(CHILD_POLICY,
				List.of((outlierDetection) ? inOutlierDetection(selection) : selection.toPolicy())))));
	}

	/**
	 * A service of few instances has no use for gRPC's own defaults, which need five
	 * hosts. Each status other than OK is a failure, so only an instance that fails
	 * nearly always is ejected.
	 */
	private static Map<String, ?> inOutlierDetection(InstanceSelection selection) {
		return Map.of(OUTLIER_DETECTION,
				Map.of("interval", "10s", "baseEjectionTime", "30s", "maxEjectionTime", "300s", "maxEjectionPercent",
						50.0, "failurePercentageEjection", Map.of("threshold", 85.0, "enforcementPercentage", 100.0,
								"minimumHosts", 2.0, "requestVolume", 20.0),
						CHILD_POLICY, List.of(selection.toPolicy())));
	}

	/**
	 * Parse the configuration of the policy.
	 * @param config the parsed JSON with {@code childPolicy}, a list with the policy that
	 * distributes the calls; without it, the default is used
	 * @return a child policy, or an error
	 */
	static ConfigOrError parse(Map<String, ?> config) {
		Object children = config.get(CHILD_POLICY);
		if (children == null) {
			children = List.of(inOutlierDetection(InstanceSelection.ROUND_ROBIN));
		}
		if (children instanceof List<?> list && list.size() == 1 && list.get(0) instanceof Map<?, ?> child
				&& child.size() == 1) {
			Map.Entry<?, ?> entry = child.entrySet().iterator().next();
			LoadBalancerProvider provider = LoadBalancerRegistry.getDefaultRegistry()
				.getProvider(String.valueOf(entry.getKey()));
			if (provider != null && entry.getValue() instanceof Map<?, ?> value) {
				return parse(provider, value);
			}
		}
		return ConfigOrError.fromError(Status.UNAVAILABLE
			.withDescription("Invalid configuration of the policy " + ServiceLoadBalancerProvider.POLICY
					+ ". Set childPolicy to a list with one policy that is available"));
	}

	private static ConfigOrError parse(LoadBalancerProvider provider, Map<?, ?> value) {
		Map<String, Object> config = new HashMap<>();
		value.forEach((name, setting) -> config.put(String.valueOf(name), setting));
		ConfigOrError parsed = provider.parseLoadBalancingPolicyConfig(config);
		if (parsed.getError() != null) {
			return parsed;
		}
		Object withoutTimer = null;
		if (provider.getPolicyName().equals(OUTLIER_DETECTION)) {
			config.keySet().removeAll(EJECTIONS);
			withoutTimer = provider.parseLoadBalancingPolicyConfig(config).getConfig();
		}
		return ConfigOrError.fromConfig(new ChildPolicy(provider, parsed.getConfig(), withoutTimer));
	}

}
