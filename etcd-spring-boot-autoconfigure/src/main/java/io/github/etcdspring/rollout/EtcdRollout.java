package io.github.etcdspring.rollout;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.rollout.RolloutOutcome.State;
import org.jspecify.annotations.Nullable;

/**
 * A rollout in etcd.
 */
final class EtcdRollout implements ConfigRollout {

	/** A driver deletes the keys of a stopped rollout after a second. */
	private static final Duration END_TIMEOUT = Duration.ofSeconds(3);

	/** Steps of a rollout are seconds apart. */
	private static final int MAX_ATTEMPTS = 10;

	private final RolloutStore store;

	/** With its directories, but perhaps without the changes in some of them. */
	private final Rollout known;

	EtcdRollout(RolloutStore store, Rollout known) {
		this.store = store;
		this.known = known;
	}

	@Override
	public String id() {
		return this.known.id();
	}

	@Override
	public @Nullable RolloutStatus status() {
		return this.store.requests()
			.execute("Failed to read the rollout " + id(), () -> Optional.ofNullable(read().rollout()))
			.filter((rollout) -> rollout.stopped() == null)
			.map(Rollout::status)
			.orElse(null);
	}

	private RolloutState read() throws EtcdRequestException, InterruptedException {
		Map<ByteSequence, KeyValue> parts = new HashMap<>();
		Map<ByteSequence, Rollout> read = new HashMap<>();
		for (KeyValue entry : this.store.read(this.known.keys())) {
			Rollout part = Rollout.read(entry.getValue());
			if (part != null && part.id().equals(id())) {
				parts.put(entry.getKey(), entry);
				read.put(entry.getKey(), part);
			}
		}
		return new RolloutState(0, parts, Rollout.merge(read.values()), RolloutState.isStopped(read.values()), null,
				Map.of());
	}

	@Override
	public RolloutOutcome await(Duration timeout) {
		Ending ending = new Ending(this.store.requests()
			.execute("Failed to read the rollout " + id(), () -> Optional.ofNullable(read().rollout()))
			.orElse(this.known));
		try (Mirror mirror = Mirror.withoutOutageLogging(this.store.connection(),
				List.of(KeyRange.key(this.known.keys().get(0))), "rollout", ending::changed)) {
			mirror.start();
			boolean ended = ending.await(timeout);
			String reason = ending.reason();
			if (reason != null) {
				return new RolloutOutcome(State.STOPPED, reason);
			}
			if (!ended) {
				return new RolloutOutcome(State.RUNNING, null);
			}
		}
		boolean written = this.store.requests()
			.execute("Failed to read the keys of rollout " + id(), () -> this.store.isWritten(ending.rollout()));
		return (written) ? new RolloutOutcome(State.WRITTEN, null)
				: new RolloutOutcome(State.STOPPED, "its keys were deleted, or no process could drive it");
	}

	@Override
	public RolloutOutcome stop(String reason) {
		this.store.requests().execute("Failed to stop the rollout " + id(), () -> {
			for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
				RolloutState state = read();
				Rollout rollout = (state.rollout() != null) ? state.rollout() : this.known;
				if (state.hasEnded() || state.stopped() || this.store.replace(state, rollout.stoppedFor(reason), 0)) {
					return true;
				}
			}
			throw new EtcdConfigException("Rollout " + id() + " changes all the time. Stop it again", null);
		});
		RolloutOutcome outcome = await(END_TIMEOUT);
		this.store.requests().execute("Failed to delete the keys of the stopped rollout " + id(), () -> {
			RolloutState state = read();
			if (!state.hasEnded()) {
				this.store.delete(state, this.known, 0);
			}
			return true;
		});
		return outcome;
	}

	/**
	 * Waits until the rollout is stopped or its keys are deleted.
	 */
	private final class Ending {

		private final Rollout rollout;

		private final CountDownLatch ended = new CountDownLatch(1);

		private volatile @Nullable String reason;

		Ending(Rollout rollout) {
			this.rollout = rollout;
		}

		Rollout rollout() {
			return this.rollout;
		}

		@Nullable String reason() {
			return this.reason;
		}

		boolean await(Duration timeout) {
			try {
				return this.ended.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new EtcdConfigException("Failed to wait for the rollout: the thread was interrupted", ex);
			}
		}

		private void changed(Snapshot snapshot, Set<ByteSequence> changed) {
			KeyValue entry = snapshot.entries().get(EtcdRollout.this.known.keys().get(0));
			Rollout part = (entry != null) ? Rollout.read(entry.getValue()) : null;
			if (part == null || !part.id().equals(id()) || part.stopped() != null) {
				this.reason = (part != null && part.id().equals(id())) ? part.stopped() : null;
				this.ended.countDown();
			}
		}

	}

}
