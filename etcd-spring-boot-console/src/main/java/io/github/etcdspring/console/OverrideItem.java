package io.github.etcdspring.console;

import java.time.Instant;

import io.github.etcdspring.registry.InstanceOverride;
import org.jspecify.annotations.Nullable;

/**
 * Override of an instance.
 *
 * @param type {@code OUT_OF_SERVICE} or {@code WEIGHT}
 * @param weight weight of the instance, {@code null} to keep its own
 * @param owner who is responsible
 * @param reason why it exists
 * @param until when it ends
 */
record OverrideItem(String type, @Nullable Integer weight, String owner, String reason, Instant until) {

	static OverrideItem of(InstanceOverride override) {
		return new OverrideItem((override.outOfService()) ? "OUT_OF_SERVICE" : "WEIGHT", override.weight(),
				override.owner(), override.reason(), override.until());
	}

}
