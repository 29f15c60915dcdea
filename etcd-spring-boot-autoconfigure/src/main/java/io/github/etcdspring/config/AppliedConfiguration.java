package io.github.etcdspring.config;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.config.document.ConfigParser;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.Configuration;
import io.github.etcdspring.refresh.OverlayMap;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * Applies each state of the imported keys, with the changes of the rollouts that target
 * this instance. Confined to the thread of the watch.
 */
final class AppliedConfiguration {

	private final ConfigRefresh refresh;

	private final Supplier<ConfigParser> parser;

	private final Supplier<Configuration> current;

	private final Rollouts rollouts;

	/** Last known state, valid or not: a restart of the watch goes on from it. */
	private volatile Snapshot known;

	/** The entries of the last known state; a copy has the cost of its changes. */
	private OverlayMap<ByteSequence, KeyValue> entries;

	/** Last valid state, without rollouts. */
	private Snapshot valid;

	/** Keys that have changed since the last valid state. */
	private final Set<ByteSequence> pending = new HashSet<>();

	/** Keys that may have the value of a rollout. */
	private final Set<ByteSequence> rolledOut = new HashSet<>();

	AppliedConfiguration(ConfigRefresh refresh, Supplier<ConfigParser> parser, Supplier<Configuration> current,
			Snapshot known, Rollouts rollouts) {
		this.refresh = refresh;
		this.parser = parser;
		this.current = current;
		this.rollouts = rollouts;
		this.known = known;
		this.entries = OverlayMap.of(known.entries());
		this.valid = known;
	}

	/**
	 * Return the last known state.
	 * @return the state, without rollouts
	 */
	Snapshot known() {
		return this.known;
	}

	/**
	 * Apply a state, or reject it as a whole. If it is invalid only with a rollout, the
	 * rollout is refused.
	 * @param next the entries under all prefixes
	 * @param changed the keys that may have changed
	 * @return whether the state has been applied
	 * @throws InterruptedException if the thread is interrupted
	 */
	boolean apply(Snapshot next, Set<ByteSequence> changed) throws InterruptedException {
		this.pending.addAll(changed);
		boolean applied = (this.rolledOut.isEmpty() && this.rollouts.wanted().isEmpty()) ? refresh(next, this.pending)
				: applyWithRollouts(next);
		remember(next, changed);
		if (applied) {
			this.valid = this.known;
			this.pending.clear();
		}
		return applied;
	}

	private boolean applyWithRollouts(Snapshot next) throws InterruptedException {
		Map<ByteSequence, Optional<KeyValue>> wanted = this.rollouts.wanted();
		Set<ByteSequence> keys = new HashSet<>(this.pending);
		keys.addAll(this.rolledOut);
		keys.addAll(wanted.keySet());
		if (!wanted.isEmpty()) {
			Snapshot candidate = with(next, wanted);
			RejectedConfigurationException failure = rehearse(candidate, keys);
			if (failure == null) {
				this.rolledOut.addAll(wanted.keySet());
				if (refresh(candidate, keys)) {
					ended(wanted);
					return true;
				}
				failure = new RejectedConfigurationException(null, "the changes could not be applied");
			}
			this.rollouts.refuse(failure);
		}
		RejectedConfigurationException failure = rehearse(next, keys);
		if (failure == null) {
			boolean applied = refresh(next, keys);
			if (applied) {
				ended(Map.of());
			}
			return applied;
		}
		if (!this.rolledOut.isEmpty() && refresh(this.valid, keys)) {
			// values of a rollout that has ended must not stay in use
			ended(Map.of());
		}
		this.refresh.reject(next.revision(), failure);
		return false;
	}

	/** All rollouts have ended on this instance, but for the given changes. */
	private void ended(Map<ByteSequence, Optional<KeyValue>> applied) {
		this.rolledOut.retainAll(applied.keySet());
		this.rollouts.applied(!applied.isEmpty());
	}

	private @Nullable RejectedConfigurationException rehearse(Snapshot candidate, Set<ByteSequence> keys)
			throws InterruptedException {
		try {
			this.refresh.rehearse(this.parser.get().preview(candidate, keys, this.current.get()));
			return null;
		}
		catch (RejectedConfigurationException ex) {
			return ex;
		}
	}

	private boolean refresh(Snapshot next, Set<ByteSequence> keys) throws InterruptedException {
		try {
			return this.refresh.apply(this.parser.get().parse(next, keys, this.current.get()));
		}
		catch (RejectedConfigurationException ex) {
			this.refresh.reject(next.revision(), ex);
			return false;
		}
	}

	private static Snapshot with(Snapshot base, Map<ByteSequence, Optional<KeyValue>> changes) {
		return new Snapshot(base.revision(), OverlayMap.of(base.entries()).with(changes));
	}

	/** Copies only the changed entries. */
	private void remember(Snapshot next, Set<ByteSequence> changed) {
		Map<ByteSequence, Optional<KeyValue>> changes = new HashMap<>();
		changed.forEach((key) -> changes.put(key, Optional.ofNullable(next.entries().get(key))));
		this.entries = this.entries.with(changes);
		this.known = new Snapshot(next.revision(), this.entries);
	}

	/**
	 * Validate changes of the last known state without applying them.
	 * @param changes the changes
	 * @throws RejectedConfigurationException if they would be rejected
	 * @throws InterruptedException if the thread is interrupted
	 */
	void rehearse(Map<ByteSequence, Optional<KeyValue>> changes)
			throws RejectedConfigurationException, InterruptedException {
		Snapshot candidate = with(this.known, changes);
		this.refresh.rehearse(this.parser.get().preview(candidate, changes.keySet(), this.current.get()));
	}

}
