package io.github.etcdspring.mirror;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import org.jspecify.annotations.Nullable;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Passes changes to a listener, and again with back-off while the listener fails.
 * Confined to the thread of the mirror; any thread may read {@link #total()}.
 */
final class ChangeDelivery {

	private final MirrorListener listener;

	/** What the listener has not taken yet. */
	private Set<ByteSequence> changed = new HashSet<>();

	private boolean required;

	private @Nullable BackOffExecution retries;

	private long retryAt;

	private volatile Total total = new Total(0, Duration.ZERO, null);

	ChangeDelivery(MirrorListener listener) {
		this.listener = listener;
	}

	/**
	 * Return the changes to be passed on, for more to be added.
	 * @return the keys
	 */
	Set<ByteSequence> changed() {
		return this.changed;
	}

	/** Call the listener also if nothing has changed. */
	void require() {
		this.required = true;
	}

	private boolean isPending() {
		return this.required || !this.changed.isEmpty();
	}

	/**
	 * Return the time until a failed delivery is due again.
	 * @return nanoseconds, practically endless if none has failed
	 */
	long nanosUntilRetry() {
		return (this.retries != null) ? Math.max(0, this.retryAt - System.nanoTime()) : Long.MAX_VALUE;
	}

	/**
	 * Call the listener if there is something to pass on.
	 * @param snapshot what the mirror holds
	 * @return what the listener threw, {@code null} if nothing is left to pass on
	 */
	@Nullable Throwable deliver(Snapshot snapshot) {
		if (!isPending()) {
			return null;
		}
		try {
			this.listener.changed(snapshot, Collections.unmodifiableSet(this.changed));
			this.changed = new HashSet<>();
			this.required = false;
			this.retries = null;
			return null;
		}
		catch (InterruptedException | RuntimeException | Error ex) {
			if (this.retries == null) {
				this.retries = newBackOff();
			}
			this.retryAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(this.retries.nextBackOff());
			return ex;
		}
	}

	/**
	 * Count events that have been passed on.
	 * @param arrived when the first of them arrived
	 */
	void delivered(long arrived) {
		Total before = this.total;
		Duration took = Duration.ofNanos(System.nanoTime() - arrived);
		this.total = new Total(before.count() + 1, before.time().plus(took), Instant.now());
	}

	Total total() {
		return this.total;
	}

	/**
	 * Without end, as giving up would leave the application with an outdated state, and
	 * nothing else would correct it until the next change. Rare in the end, as the cause
	 * may be a mistake that lasts until the next change.
	 */
	private static BackOffExecution newBackOff() {
		ExponentialBackOff backOff = new ExponentialBackOff(100, 2);
		backOff.setMaxInterval(30_000);
		backOff.setJitter(50);
		return backOff.start();
	}

	/**
	 * The time from the arrival of events until the listener was done with them.
	 *
	 * @param count how often events were delivered
	 * @param time the time in all
	 * @param last the last time, {@code null} if never
	 */
	record Total(long count, Duration time, @Nullable Instant last) {

	}

}
