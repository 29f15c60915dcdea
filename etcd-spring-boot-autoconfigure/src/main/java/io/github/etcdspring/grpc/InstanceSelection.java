package io.github.etcdspring.grpc;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import io.grpc.NameResolver.ConfigOrError;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of {@link InstanceLoadBalancer}.
 *
 * @param zone zone whose instances are preferred, {@code null} for none
 * @param weighted whether instances get calls in proportion to their weights
 * @param slowStart time for which the share of a new instance grows, zero for none
 */
record InstanceSelection(@Nullable String zone, boolean weighted, Duration slowStart) {

	private static final String ZONE = "zone";

	private static final String WEIGHTED = "weighted";

	private static final String SLOW_START = "slowStart";

	/** All instances alike. */
	static final InstanceSelection ROUND_ROBIN = new InstanceSelection(null, false, Duration.ZERO);

	/**
	 * Parse the configuration.
	 * @param config the parsed JSON, whose settings are optional
	 * @return a selection, or an error
	 */
	static ConfigOrError parse(Map<String, ?> config) {
		try {
			String zone = (String) config.get(ZONE);
			boolean weighted = Boolean.TRUE.equals(config.get(WEIGHTED));
			String slowStart = (String) config.get(SLOW_START);
			return ConfigOrError.fromConfig(new InstanceSelection(zone, weighted,
					(slowStart != null) ? Duration.parse("PT" + slowStart) : Duration.ZERO));
		}
		catch (ClassCastException | DateTimeException ex) {
			return ConfigOrError
				.fromError(Status.UNAVAILABLE.withDescription("Invalid configuration of the policy " + policyName()
						+ ". Set zone to a name, weighted to true or false, and slowStart to seconds such as \"2s\""));
		}
	}

	private static String policyName() {
		return InstanceLoadBalancerProvider.POLICY;
	}

	/**
	 * Return the configuration as JSON.
	 * @return the policy with its settings
	 */
	Map<String, ?> toPolicy() {
		Map<String, Object> config = new HashMap<>();
		if (this.zone != null) {
			config.put(ZONE, this.zone);
		}
		config.put(WEIGHTED, this.weighted);
		config.put(SLOW_START, this.slowStart.toString().substring("PT".length()));
		return Map.of(policyName(), config);
	}

}
