package io.github.etcdspring.registry;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * Decision of an operator on an instance, which all callers honor until it ends. It takes
 * the instance out of service, replaces its weight, or both.
 *
 * @param service name of the service
 * @param instance id of the instance
 * @param owner who is responsible for the override
 * @param reason why it exists
 * @param until when it ends, by the clock of each caller
 * @param outOfService whether the instance is not called
 * @param weight weight of the instance in place of its own, {@code null} to keep its own
 * @since 0.1.0
 */
public record InstanceOverride(String service, String instance, String owner, String reason, Instant until,
		boolean outOfService, @Nullable Integer weight) {

	private static final int MAX_LENGTH = 200;

	private static final String WEIGHT = "weight";

	public InstanceOverride {
		requireText("owner", owner);
		requireText("reason", reason);
		until = until.truncatedTo(ChronoUnit.MILLIS);
		if (weight != null && weight < 1) {
			throw new IllegalArgumentException("'weight' must be at least 1; to stop all calls, set outOfService");
		}
		if (!outOfService && weight == null) {
			throw new IllegalArgumentException("'outOfService' or 'weight' is missing");
		}
	}

	private static void requireText(String name, String text) {
		if (text.isBlank() || text.length() > MAX_LENGTH) {
			throw new IllegalArgumentException(
					"'" + name + "' must not be empty, and have at most " + MAX_LENGTH + " characters");
		}
	}

	/**
	 * Return the instance as callers see it.
	 * @param instance the instance as registered
	 * @return the instance with the status and weight of this override
	 */
	public EtcdServiceInstance applyTo(EtcdServiceInstance instance) {
		EtcdServiceInstance applied = instance;
		if (this.weight != null) {
			Map<String, String> metadata = new TreeMap<>(instance.metadata());
			metadata.put(WEIGHT, String.valueOf(this.weight));
			applied = applied.withMetadata(metadata);
		}
		if (this.outOfService && instance.isUp()) {
			applied = applied.withStatus(EtcdServiceInstance.OUT_OF_SERVICE);
		}
		return applied.withRevision(instance.revision());
	}

	/** What the override does, who is responsible and until when, for a log message. */
	String description() {
		String effect = (this.outOfService) ? "out of service" : "called with weight " + this.weight;
		return effect + " until " + this.until + ", by decision of " + SkippedKeys.printable(this.owner) + ": "
				+ SkippedKeys.printable(this.reason);
	}

}
