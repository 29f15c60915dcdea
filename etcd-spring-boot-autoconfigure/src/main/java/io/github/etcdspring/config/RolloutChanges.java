package io.github.etcdspring.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.config.Proposal.Change;
import io.github.etcdspring.config.document.ConfigParser;
import org.jspecify.annotations.Nullable;

/**
 * The part of a rollout that concerns the keys of one directory, as its instances see it:
 * {@code /config/orders/.rollout/changes}. There is at most one for each directory.
 * Internal: public only for the rollouts.
 *
 * @param id id of the rollout
 * @param author who has started it
 * @param targets the instances that apply the changes, as {@code service/instance}
 * @param changes the changes of keys in this directory
 * @param stopped whether no instance may apply the changes any more
 */
public record RolloutChanges(String id, String author, Set<String> targets, List<Change> changes, boolean stopped) {

	private static final String CHANGES = ConfigParser.ROLLOUT.substring(1) + "changes";

	private static final String DRIVER = ConfigParser.ROLLOUT.substring(1) + "driver";

	public RolloutChanges {
		targets = Set.copyOf(targets);
		changes = List.copyOf(changes);
	}

	/**
	 * Return the key of the changes.
	 * @param directory directory of the changed keys, with a slash at its end
	 * @return the key
	 */
	public static ByteSequence changesKey(String directory) {
		return ByteSequence.from(directory + CHANGES, StandardCharsets.UTF_8);
	}

	/**
	 * Return the key of the process that drives the rollout.
	 * @param directory the first directory of the rollout
	 * @return the key
	 */
	public static ByteSequence driverKey(String directory) {
		return ByteSequence.from(directory + DRIVER, StandardCharsets.UTF_8);
	}

	static boolean isKey(ByteSequence key) {
		return key.toString(StandardCharsets.UTF_8).contains(ConfigParser.ROLLOUT);
	}

	/**
	 * Return whether a key contains the changes of a rollout.
	 * @param key the key
	 * @return whether it does
	 */
	public static boolean isChangesKey(ByteSequence key) {
		return key.toString(StandardCharsets.UTF_8).endsWith("/" + CHANGES);
	}

	/**
	 * Read the changes. Those of keys in another directory are left out, as the author
	 * may not be permitted to write them.
	 * @param entry the key with its value
	 * @return the changes, {@code null} if the value is invalid
	 */
	static @Nullable RolloutChanges read(KeyValue entry) {
		String key = entry.getKey().toString(StandardCharsets.UTF_8);
		String directory = key.substring(0, key.indexOf(ConfigParser.ROLLOUT) + 1);
		try {
			JsonNode json = new ObjectMapper().readTree(entry.getValue().toString(StandardCharsets.UTF_8));
			String id = json.path("id").asText();
			if (id.isEmpty()) {
				return null;
			}
			Set<String> targets = new HashSet<>();
			json.path("targets").forEach((target) -> targets.add(target.asText()));
			List<Change> changes = new ArrayList<>();
			for (JsonNode change : json.path("changes")) {
				String changed = change.path("key").asText();
				if (Proposal.directory(changed).equals(directory)) {
					JsonNode value = change.get("value");
					changes.add(new Change(changed, (value != null) ? value.asText() : null));
				}
			}
			return new RolloutChanges(id, json.path("author").asText(), targets, changes, json.has("stopped"));
		}
		catch (JsonProcessingException ex) {
			// not used as the cause, as it quotes the value
			return null;
		}
	}

	/**
	 * Return the changes as if they had been written when the rollout was started.
	 * @param revision the revision at which it was started
	 * @return the entries by key, empty for a deleted key
	 */
	Map<ByteSequence, Optional<KeyValue>> entries(long revision) {
		Map<ByteSequence, Optional<KeyValue>> entries = new HashMap<>();
		this.changes.forEach((change) -> entries.put(ByteSequence.from(change.key(), StandardCharsets.UTF_8),
				Optional.ofNullable(change.value()).map((value) -> entry(change.key(), value, revision))));
		return entries;
	}

	private static KeyValue entry(String key, String value, long revision) {
		return new KeyValue(io.etcd.jetcd.api.KeyValue.newBuilder()
			.setKey(ByteString.copyFromUtf8(key))
			.setValue(ByteString.copyFromUtf8(value))
			.setCreateRevision(revision)
			.setModRevision(revision)
			.build(), ByteSequence.EMPTY);
	}

}
