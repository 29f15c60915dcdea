package io.github.etcdspring.rollout;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.mirror.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * A rollout and the instances that it concerns, at one revision of etcd.
 *
 * @param revision the revision
 * @param parts the keys of the rollout that exist
 * @param rollout the rollout, {@code null} if a part is missing or is another one
 * @param stopped whether a part is stopped
 * @param driver the key of the driver, {@code null} if there is none
 * @param instances the instances that import a changed key, by their name as target,
 * without those that replace a target
 */
record RolloutState(long revision, Map<ByteSequence, KeyValue> parts, @Nullable Rollout rollout, boolean stopped,
		@Nullable KeyValue driver, Map<String, FleetInstance> instances) {

	static RolloutState of(Snapshot snapshot, Rollout known, FleetKeys fleet) {
		Map<ByteSequence, KeyValue> parts = new HashMap<>();
		List<Rollout> read = new ArrayList<>();
		for (ByteSequence key : known.keys()) {
			KeyValue entry = snapshot.entries().get(key);
			Rollout part = (entry != null) ? Rollout.read(entry.getValue()) : null;
			if (entry != null && part != null && part.id().equals(known.id())) {
				parts.put(key, entry);
				read.add(part);
			}
		}
		Rollout merged = Rollout.merge(read);
		Rollout concerned = (merged != null) ? merged : known;
		Map<String, FleetInstance> instances = new HashMap<>();
		for (KeyValue entry : snapshot.entries().values()) {
			FleetInstance instance = fleet.read(entry);
			if (instance != null && concerned.concerns(instance) && !isReplaced(instance, entry, concerned, parts)) {
				instances.put(Rollout.name(instance), instance);
			}
		}
		return new RolloutState(snapshot.revision(), parts, merged, isStopped(read),
				snapshot.entries().get(known.driverKey()), instances);
	}

	/**
	 * Returns whether an instance has the id of a target that has ended. A driver that
	 * took over meanwhile has not seen the end, but the key of the instance was created
	 * after the step began.
	 */
	private static boolean isReplaced(FleetInstance instance, KeyValue entry, Rollout rollout,
			Map<ByteSequence, KeyValue> parts) {
		return rollout.targets().contains(Rollout.name(instance))
				&& parts.values().stream().anyMatch((part) -> entry.getCreateRevision() > part.getModRevision());
	}

	static boolean isStopped(Collection<Rollout> parts) {
		return parts.stream().anyMatch((part) -> part.stopped() != null);
	}

	boolean hasEnded() {
		return this.parts.isEmpty();
	}

	/**
	 * Whether a driver is still the elected one.
	 * @param token create revision of its key
	 */
	boolean isDrivenBy(long token) {
		return this.driver != null && this.driver.getCreateRevision() == token;
	}

}
