package io.github.etcdspring.console;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.config.Proposal;
import io.github.etcdspring.config.document.ConfigParser;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.rollout.LiveRollouts;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * The keys that the console shows.
 *
 * @param services keys of instances
 * @param overrides keys of overrides
 * @param fleet keys of the fleet
 * @param config prefix of the configuration of all applications, with a slash at its end
 */
record ConsoleKeys(InstanceKeys services, InstanceKeys overrides, FleetKeys fleet, String config) {

	List<KeyRange> ranges() {
		return List.of(KeyRange.prefix(this.services.prefix()), KeyRange.prefix(this.overrides.prefix()),
				this.fleet.range(), KeyRange.prefix(this.config));
	}

	/**
	 * Return the topics whose keys are in a range.
	 * @param range one of the ranges
	 * @return the topics
	 */
	Set<Topic> topics(KeyRange range) {
		Topic topic = topic(range.start());
		return (topic == Topic.CONFIGURATION || topic == null) ? Set.of(Topic.CONFIGURATION, Topic.ROLLOUTS)
				: Set.of(topic);
	}

	/**
	 * Return the prefix of the keys of a topic.
	 * @param topic the topic
	 * @return the prefix
	 */
	String prefix(Topic topic) {
		return switch (topic) {
			case SERVICES -> this.services.prefix();
			case OVERRIDES -> this.overrides.prefix();
			case FLEET -> this.fleet.range().toString();
			case CONFIGURATION, ROLLOUTS -> this.config;
		};
	}

	/**
	 * Return the topic of a key.
	 * @param key the key
	 * @return the topic, {@code null} if the console does not show the key
	 */
	@Nullable Topic topic(ByteSequence key) {
		for (Topic topic : List.of(Topic.SERVICES, Topic.OVERRIDES, Topic.FLEET)) {
			if (key.startsWith(ByteSequence.from(prefix(topic), StandardCharsets.UTF_8))) {
				return topic;
			}
		}
		if (!Proposal.isReserved(key)) {
			return Topic.CONFIGURATION;
		}
		return (LiveRollouts.isKey(key)) ? Topic.ROLLOUTS : null;
	}

	/**
	 * Return the names in a key of the fleet, also if the key was deleted.
	 * @param key the key
	 * @return the names, {@code null} if it is not a key of an instance
	 */
	@Nullable InstanceKey fleetName(ByteSequence key) {
		return new InstanceKeys(prefix(Topic.FLEET)).parse(key);
	}

	/**
	 * Check that a key is one of the configuration.
	 * @param key the key
	 * @return the key
	 */
	String requireKey(@Nullable String key) {
		Assert.isTrue(key != null && key.startsWith(this.config) && !key.endsWith("/") && !ConfigParser.isReserved(key),
				() -> "The key must be one of the configuration, below " + this.config);
		return key;
	}

	/**
	 * Check that a prefix is one of the configuration.
	 * @param prefix the prefix
	 * @return the prefix
	 */
	String requirePrefix(@Nullable String prefix) {
		Assert.isTrue(
				prefix != null && prefix.startsWith(this.config) && prefix.endsWith("/")
						&& !ConfigParser.isReserved(prefix),
				() -> "The prefix must start with " + this.config + " and end with a slash");
		return prefix;
	}

}
