package io.github.etcdspring.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The rollouts of the imported keys, and which of them this instance applies. Public
 * methods are thread-safe, the others are confined to the thread of the watch. Internal:
 * public only for the rollouts.
 */
public final class Rollouts {

	private static final Log logger = LogFactory.getLog(Rollouts.class);

	private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

	private final List<Runnable> answerListeners = new CopyOnWriteArrayList<>();

	/** Why this instance does not apply a rollout, or wants it to end, by its id. */
	private final Map<String, ChangeAnswer> objections = new ConcurrentHashMap<>();

	/** The instance as {@code service/instance}, {@code null} if it is never a target. */
	private volatile @Nullable String instance;

	private volatile Map<ByteSequence, KeyValue> entries = Map.of();

	private Map<ByteSequence, RolloutChanges> parts = Map.of();

	/** Ids of the applied rollouts. */
	private volatile Set<String> applied = Set.of();

	/**
	 * Set the name of this instance, before the watch is started.
	 * @param instance the instance as {@code service/instance}
	 */
	public void nameInstance(String instance) {
		this.instance = instance;
	}

	/**
	 * Record put and deleted rollouts.
	 * @param all all entries
	 * @param changed the keys that may have changed
	 */
	void update(Map<ByteSequence, KeyValue> all, Set<ByteSequence> changed) {
		List<ByteSequence> keys = changed.stream().filter(RolloutChanges::isKey).toList();
		if (keys.isEmpty()) {
			return;
		}
		Map<ByteSequence, KeyValue> next = new HashMap<>(this.entries);
		Map<ByteSequence, RolloutChanges> nextParts = new HashMap<>(this.parts);
		for (ByteSequence key : keys) {
			KeyValue entry = all.get(key);
			next.remove(key);
			nextParts.remove(key);
			if (entry != null) {
				next.put(key, entry);
				if (RolloutChanges.isChangesKey(key)) {
					read(entry, nextParts);
				}
			}
		}
		this.parts = nextParts;
		this.entries = Map.copyOf(next);
		Set<String> ids = ids(nextParts);
		this.objections.keySet().retainAll(ids);
		this.listeners.forEach(Runnable::run);
	}

	private static void read(KeyValue entry, Map<ByteSequence, RolloutChanges> parts) {
		RolloutChanges part = RolloutChanges.read(entry);
		if (part != null) {
			parts.put(entry.getKey(), part);
		}
		else {
			logger.warn("The key " + entry.getKey().toString(StandardCharsets.UTF_8)
					+ " is ignored, as its value is not a rollout. Delete it");
		}
	}

	private static Set<String> ids(Map<ByteSequence, RolloutChanges> parts) {
		return parts.values().stream().map(RolloutChanges::id).collect(Collectors.toUnmodifiableSet());
	}

	private Map<ByteSequence, RolloutChanges> targeting() {
		Map<ByteSequence, RolloutChanges> targeting = new HashMap<>();
		String self = this.instance;
		this.parts.forEach((key, part) -> {
			if (self != null && part.targets().contains(self) && !part.stopped()
					&& !this.objections.containsKey(part.id())) {
				targeting.put(key, part);
			}
		});
		return targeting;
	}

	/**
	 * Return the changes that this instance has to apply now.
	 * @return the entries by key, empty for a deleted key
	 */
	Map<ByteSequence, Optional<KeyValue>> wanted() {
		Map<ByteSequence, Optional<KeyValue>> wanted = new HashMap<>();
		targeting().forEach((key, part) -> {
			KeyValue entry = this.entries.get(key);
			wanted.putAll(part.entries((entry != null) ? entry.getCreateRevision() : 0));
		});
		return wanted;
	}

	/**
	 * Record that the wanted changes cannot be applied.
	 * @param failure the reason
	 */
	void refuse(RejectedConfigurationException failure) {
		KeyOrigin origin = failure.origin();
		String key = (origin != null) ? origin.key() : null;
		String reason = String.valueOf(failure.getMessage());
		targeting().values().forEach((part) -> {
			if (this.objections.putIfAbsent(part.id(), new ChangeAnswer(part.id(), key, reason)) == null) {
				logger.warn("Rollout " + part.id() + " of " + part.author() + " rejected: " + reason);
			}
		});
	}

	/**
	 * Record that the wanted changes are in use, or that none are.
	 * @param wanted whether the wanted changes are in use
	 */
	void applied(boolean wanted) {
		Set<String> former = this.applied;
		this.applied = (wanted) ? ids(targeting()) : Set.of();
		List<String> begun = new ArrayList<>(this.applied);
		begun.removeAll(former);
		begun.forEach((id) -> logger.info("Rollout " + id + " applied"));
		List<String> ended = new ArrayList<>(former);
		ended.removeAll(this.applied);
		ended.forEach((id) -> logger.info("Rollout " + id + " has ended"));
	}

	/**
	 * Ask for the end of a rollout.
	 * @param id id of the rollout
	 * @param reason why, without any value
	 */
	public void object(String id, String reason) {
		if (this.applied.contains(id) && this.objections.putIfAbsent(id, new ChangeAnswer(id, null, reason)) == null) {
			logger.warn("Rollout " + id + " is to be stopped: " + reason);
			answersChanged();
		}
	}

	void answersChanged() {
		this.answerListeners.forEach(Runnable::run);
	}

	/**
	 * Return the answers to the rollouts that target this instance.
	 * @return the answers
	 */
	List<ChangeAnswer> answers() {
		Map<String, ChangeAnswer> answers = new TreeMap<>();
		this.applied.forEach((id) -> answers.put(id, new ChangeAnswer(id, null, null)));
		answers.putAll(this.objections);
		return List.copyOf(answers.values());
	}

	/**
	 * Return the ids of the applied rollouts.
	 * @return the ids
	 */
	public Set<String> applied() {
		return this.applied;
	}

	/**
	 * Return the keys of all rollouts.
	 * @return the keys with their values
	 */
	public Map<ByteSequence, KeyValue> entries() {
		return this.entries;
	}

	/**
	 * Add a callback for changed {@link #entries()}.
	 * @param listener called on the thread of the watch; must neither block nor throw
	 */
	public void addListener(Runnable listener) {
		this.listeners.add(listener);
	}

	/**
	 * Add a callback for changed {@link #answers()}.
	 * @param listener called on any thread; must neither block nor throw
	 */
	void addAnswerListener(Runnable listener) {
		this.answerListeners.add(listener);
	}

}
