package io.github.etcdspring.rollout;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.config.RolloutChanges;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rollouts that have not ended from their keys. Internal: public only for the
 * console.
 */
public final class LiveRollouts {

	private LiveRollouts() {
	}

	/**
	 * Return whether a key describes a rollout.
	 * @param key the key
	 * @return whether its value can be read
	 */
	public static boolean isKey(ByteSequence key) {
		return RolloutChanges.isChangesKey(key);
	}

	/**
	 * Read rollouts.
	 * @param values the values of the keys of all rollouts
	 * @return the rollouts, without those that are stopped or of which a key is missing
	 */
	public static List<RolloutStatus> read(Collection<ByteSequence> values) {
		Map<String, List<Rollout>> parts = new LinkedHashMap<>();
		for (ByteSequence value : values) {
			Rollout part = Rollout.read(value);
			if (part != null) {
				parts.computeIfAbsent(part.id(), (id) -> new ArrayList<>()).add(part);
			}
		}
		List<RolloutStatus> live = new ArrayList<>();
		for (List<Rollout> read : parts.values()) {
			@Nullable Rollout rollout = Rollout.merge(read);
			if (rollout != null && !RolloutState.isStopped(read)) {
				live.add(rollout.status());
			}
		}
		return live;
	}

}
