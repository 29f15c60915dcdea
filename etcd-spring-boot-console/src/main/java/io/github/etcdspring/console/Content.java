package io.github.etcdspring.console;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.MirrorListener;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceOverride;
import io.github.etcdspring.registry.OverrideFormat;
import io.github.etcdspring.registry.StoredOverride;
import io.github.etcdspring.rollout.LiveRollouts;
import io.github.etcdspring.rollout.RolloutStatus;
import org.jspecify.annotations.Nullable;

/**
 * Sorted and grouped copy of the keys that the console shows. The thread of the mirror
 * changes it, key by key; any thread reads it.
 */
final class Content implements MirrorListener {

	private final ConsoleKeys keys;

	private final Runnable changeListener;

	private final Groups<RegisteredInstance> instances = new Groups<>();

	private final Groups<StoredOverride> overrides = new Groups<>();

	private final Groups<FleetInstance> fleet = new Groups<>();

	private final Groups<ConfigKey> configuration = new Groups<>();

	private final Map<String, ByteSequence> rollouts = new ConcurrentSkipListMap<>();

	private final Map<Topic, Long> revisions = new ConcurrentHashMap<>();

	private volatile Set<Topic> forbidden = Set.of();

	/**
	 * Create empty content.
	 * @param keys the keys that it consists of
	 * @param changeListener called after each change on the thread of the mirror; must
	 * not block
	 */
	Content(ConsoleKeys keys, Runnable changeListener) {
		this.keys = keys;
		this.changeListener = changeListener;
	}

	ConsoleKeys keys() {
		return this.keys;
	}

	/** Forget everything, as a new mirror begins with a list. */
	void clear() {
		this.instances.clear();
		this.overrides.clear();
		this.fleet.clear();
		this.configuration.clear();
		this.rollouts.clear();
		this.forbidden = Set.of();
	}

	@Override
	public void changed(Snapshot snapshot, Set<ByteSequence> changed) {
		Set<Topic> topics = EnumSet.noneOf(Topic.class);
		for (ByteSequence key : changed) {
			Topic topic = this.keys.topic(key);
			if (topic != null) {
				topics.add(topic);
				change(topic, key, snapshot.entries().get(key));
			}
		}
		this.instances.apply();
		this.overrides.apply();
		this.fleet.apply();
		this.configuration.apply();
		topics.forEach((topic) -> this.revisions.put(topic, snapshot.revision()));
		this.changeListener.run();
	}

	private void change(Topic topic, ByteSequence key, @Nullable KeyValue entry) {
		switch (topic) {
			case SERVICES -> {
				InstanceKey name = this.keys.services().parse(key);
				if (name != null) {
					this.instances.change(name.serviceId(), name.instanceId(),
							(entry != null) ? RegisteredInstance.read(name, entry) : null);
				}
			}
			case OVERRIDES -> {
				InstanceKey name = this.keys.overrides().parse(key);
				if (name != null) {
					this.overrides.change(name.serviceId(), name.instanceId(),
							(entry != null) ? readOverride(name, entry) : null);
				}
			}
			case FLEET -> {
				InstanceKey name = this.keys.fleetName(key);
				if (name != null) {
					this.fleet.change(name.serviceId(), name.instanceId(),
							(entry != null) ? this.keys.fleet().read(entry) : null);
				}
			}
			case CONFIGURATION -> {
				String text = key.toString(StandardCharsets.UTF_8);
				this.configuration.change(application(text), text, (entry != null)
						? new ConfigKey(text, entry.getValue().toString(StandardCharsets.UTF_8), entry.getModRevision())
						: null);
			}
			case ROLLOUTS -> {
				String text = key.toString(StandardCharsets.UTF_8);
				if (entry != null) {
					this.rollouts.put(text, entry.getValue());
				}
				else {
					this.rollouts.remove(text);
				}
			}
		}
	}

	private static @Nullable StoredOverride readOverride(InstanceKey name, KeyValue entry) {
		try {
			return new StoredOverride(OverrideFormat.read(name, entry.getValue().getBytes()), entry, false);
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	/**
	 * Return the first segment of a key below the prefix, such as {@code orders,prod}.
	 */
	private String application(String key) {
		int begin = this.keys.config().length();
		int slash = key.indexOf('/', begin);
		return key.substring(begin, (slash >= 0) ? slash : key.length());
	}

	@Override
	public void forbidden(List<KeyRange> ranges) {
		Set<Topic> next = EnumSet.noneOf(Topic.class);
		ranges.forEach((range) -> next.addAll(this.keys.topics(range)));
		this.forbidden = Collections.unmodifiableSet(next);
		this.changeListener.run();
	}

	/**
	 * Return the topics that etcd does not permit the application to read.
	 * @return the topics
	 */
	Set<Topic> forbidden() {
		return this.forbidden;
	}

	/**
	 * Return when a topic has changed.
	 * @param topic the topic
	 * @return the revision of etcd, 0 if the topic is empty
	 */
	long revision(Topic topic) {
		return this.revisions.getOrDefault(topic, 0L);
	}

	Groups<RegisteredInstance> instances() {
		return this.instances;
	}

	Groups<FleetInstance> fleet() {
		return this.fleet;
	}

	Groups<ConfigKey> configuration() {
		return this.configuration;
	}

	/**
	 * Return when one of the keys with a prefix was put last.
	 * @param prefix the prefix
	 * @return the revision, 0 if there is no such key
	 */
	long newestRevision(String prefix) {
		return (!prefix.startsWith(this.keys.config())) ? 0
				: this.configuration.of(application(prefix))
					.values()
					.stream()
					.filter((entry) -> entry.key().startsWith(prefix))
					.mapToLong(ConfigKey::revision)
					.max()
					.orElse(0);
	}

	@Nullable ConfigKey find(String key) {
		return this.configuration.find(application(key), key);
	}

	/**
	 * Return the override that callers of an instance honor.
	 * @param instance the instance
	 * @return the override, {@code null} if there is none
	 */
	@Nullable InstanceOverride override(RegisteredInstance instance) {
		StoredOverride override = this.overrides.find(instance.instance().serviceId(),
				instance.instance().instanceId());
		return (override != null && instance.isTargetOf(override) && override.override().until().isAfter(Instant.now()))
				? override.override() : null;
	}

	/**
	 * Return the rollouts that have not ended.
	 * @return the rollouts
	 */
	List<RolloutStatus> rollouts() {
		return LiveRollouts.read(new ArrayList<>(this.rollouts.values()));
	}

}
