package io.github.etcdspring.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchEvent.EventType;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.SingleThreadTimer;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorListener;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * Overrides of all instances, updated by a watch. An override ends by the clock of this
 * process. Listeners are called on the thread of the watch, or on a thread that exists
 * only while there are overrides. Internal: public only for the other packages of the
 * starter.
 */
public final class InstanceOverrides implements AutoCloseable {

	private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

	/**
	 * How long an instance may be known without its override, and the other way round.
	 * Their watches are not ordered, but share a stream.
	 */
	private static final Duration SETTLE_TIME = Duration.ofSeconds(1);

	/** Longest wait for an end, which the clock may reach earlier if it is set. */
	private static final Duration MAX_WAIT = Duration.ofMinutes(1);

	private final InstanceKeys keys;

	private final Mirror mirror;

	private final SkippedKeys skipped = new SkippedKeys("override");

	/** Keys whose deletion has been reported; confined to the thread of the mirror. */
	private final Set<ByteSequence> reported = new HashSet<>();

	private final List<Listener> listeners = new CopyOnWriteArrayList<>();

	private final SingleThreadTimer timer;

	private @Nullable ScheduledFuture<?> nextEnd;

	private Map<InstanceKey, StoredOverride> stored = new HashMap<>();

	private volatile Map<InstanceKey, StoredOverride> applicable = Map.of();

	private boolean started;

	private boolean listed;

	InstanceOverrides(EtcdConnection connection, InstanceKeys keys) {
		this.keys = keys;
		this.mirror = Mirror.ofOptionalKeys(connection, KeyRange.prefix(keys.prefix()), "overrides",
				new MirroredOverrides());
		this.timer = new SingleThreadTimer("etcd-overrides-", Duration.ofSeconds(10));
	}

	/**
	 * Open the watch, unless it is open.
	 */
	public synchronized void start() {
		if (!this.started) {
			this.started = true;
			this.mirror.start();
		}
	}

	/**
	 * Wait until the overrides are known, or an operator has to act.
	 * @param timeout how long to wait
	 * @throws InterruptedException if the thread is interrupted
	 */
	public void awaitListed(Duration timeout) throws InterruptedException {
		long deadline = System.nanoTime() + timeout.toNanos();
		while (!this.mirror.awaitListed(POLL_INTERVAL) && System.nanoTime() - deadline < 0) {
			EtcdProblem problem = this.mirror.status().problem();
			if (problem != null && problem.requiresIntervention()) {
				return;
			}
		}
	}

	/**
	 * Begin with the overrides of a snapshot file, unless etcd has answered.
	 * @param overrides the overrides
	 */
	public synchronized void begin(Collection<InstanceOverride> overrides) {
		if (!this.listed) {
			overrides.forEach((override) -> this.stored.put(new InstanceKey(override.service(), override.instance()),
					StoredOverride.saved(override)));
			update();
		}
	}

	/**
	 * Add a listener.
	 * @param listener the listener
	 */
	public void addListener(Listener listener) {
		this.listeners.add(listener);
	}

	/**
	 * Return the override of an instance, unless it has ended.
	 * @param name the instance
	 * @return the override, {@code null} if there is none
	 */
	@Nullable StoredOverride active(InstanceKey name) {
		StoredOverride found = this.applicable.get(name);
		return (found != null && !found.deleted()) ? found : null;
	}

	/**
	 * Return all overrides that have not ended, including those that were deleted while
	 * they were bound to a lease: if the lease was lost, the instance vanishes as well,
	 * and writes both keys again.
	 * @return an immutable map
	 */
	public Map<InstanceKey, StoredOverride> applicable() {
		return this.applicable;
	}

	/**
	 * Forget a deleted override soon, as its instance is in etcd.
	 * @param name the instance
	 * @param override the deleted override
	 * @param remains whether the instance has not vanished, called on another thread
	 */
	public void forgetIf(InstanceKey name, StoredOverride override, BooleanSupplier remains) {
		this.timer.schedule(() -> {
			if (remains.getAsBoolean()) {
				forget(name, override);
			}
		}, SETTLE_TIME.toMillis(), TimeUnit.MILLISECONDS);
	}

	private synchronized void forget(InstanceKey name, StoredOverride override) {
		if (this.stored.remove(name, override)) {
			update();
		}
	}

	/**
	 * Return the state and the statistics of the watch.
	 * @return the report
	 */
	public MirrorReport watch() {
		return this.mirror.report();
	}

	@Override
	public void close() {
		this.mirror.close();
		this.timer.shutdownNow();
	}

	private synchronized void changed(Snapshot snapshot, Set<ByteSequence> changed) {
		if (!this.listed) {
			this.listed = true;
			this.stored.clear();
		}
		for (ByteSequence key : changed) {
			KeyValue entry = snapshot.entries().get(key);
			InstanceKey name = this.keys.parse(key);
			if (entry == null) {
				this.skipped.remove(key);
				if (!this.reported.contains(key)) {
					// found by a list
					this.listeners.forEach((listener) -> listener.missing(key, snapshot.revision()));
				}
			}
			if (name != null) {
				this.stored.compute(name, (same, known) -> (entry != null) ? read(name, entry) : deleted(known));
			}
			else if (entry != null) {
				this.skipped.add(key, "the key does not match " + this.keys.prefix() + "{service}/{instance-id}");
			}
		}
		this.reported.clear();
		update();
	}

	private @Nullable StoredOverride read(InstanceKey name, KeyValue entry) {
		try {
			StoredOverride read = new StoredOverride(OverrideFormat.read(name, entry.getValue().getBytes()), entry);
			this.skipped.remove(entry.getKey());
			return read;
		}
		catch (IllegalArgumentException ex) {
			this.skipped.add(entry.getKey(), String.valueOf(ex.getMessage()));
			return null;
		}
	}

	private static @Nullable StoredOverride deleted(@Nullable StoredOverride known) {
		return (known != null && known.isBound()) ? known.asDeleted() : null;
	}

	private synchronized void update() {
		Instant now = Instant.now();
		Map<InstanceKey, StoredOverride> next = new HashMap<>(this.stored);
		next.values().removeIf((override) -> !override.override().until().isAfter(now));
		Set<InstanceKey> ended = new HashSet<>(this.stored.keySet());
		ended.removeAll(next.keySet());
		this.applicable = Map.copyOf(next);
		ended.forEach((name) -> {
			StoredOverride over = this.stored.remove(name);
			if (over != null && over.entry() != null && !over.deleted()) {
				KeyValue entry = over.entry();
				this.listeners.forEach((listener) -> listener.ended(name, entry));
			}
		});
		this.listeners.forEach(Listener::changed);
		awaitNextEnd(now);
	}

	private void awaitNextEnd(Instant now) {
		if (this.nextEnd != null) {
			this.nextEnd.cancel(false);
			this.nextEnd = null;
		}
		Instant end = this.applicable.values()
			.stream()
			.map((override) -> override.override().until())
			.min(Comparator.naturalOrder())
			.orElse(null);
		if (end != null) {
			Duration left = Duration.between(now, (end.isBefore(now.plus(MAX_WAIT))) ? end : now.plus(MAX_WAIT));
			this.nextEnd = this.timer.schedule(this::update, left.toMillis() + 1, TimeUnit.MILLISECONDS);
		}
	}

	/**
	 * Receives changes of overrides.
	 */
	public interface Listener {

		/**
		 * The active overrides may have changed.
		 */
		void changed();

		/**
		 * An override has ended by its time.
		 * @param name the instance
		 * @param entry its key in etcd
		 */
		default void ended(InstanceKey name, KeyValue entry) {
		}

		/**
		 * The key of an override was deleted.
		 * @param key the key
		 * @param revision revision at which it was missing
		 */
		default void missing(ByteSequence key, long revision) {
		}

	}

	/**
	 * Receives what the mirror tells.
	 */
	private final class MirroredOverrides implements MirrorListener {

		@Override
		public void arrived(List<WatchEvent> events) {
			for (WatchEvent event : events) {
				if (event.getEventType() == EventType.DELETE) {
					KeyValue deleted = event.getKeyValue();
					InstanceOverrides.this.reported.add(deleted.getKey());
					InstanceOverrides.this.listeners
						.forEach((listener) -> listener.missing(deleted.getKey(), deleted.getModRevision()));
				}
			}
		}

		@Override
		public void changed(Snapshot snapshot, Set<ByteSequence> changed) {
			InstanceOverrides.this.changed(snapshot, changed);
		}

	}

}
