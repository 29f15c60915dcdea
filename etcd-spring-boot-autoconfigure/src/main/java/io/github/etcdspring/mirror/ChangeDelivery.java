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
 * Delivers changes to a listener, and retries with back-off while the listener fails.
 * Confined to the thread of the mirror; any thread may read {@link #total()}.
 */
final class ChangeDelivery {

	private final MirrorListener listener;

	/** Keys whose changes have not been delivered yet. */
	private Set<ByteSequence> changed = new HashSet<>();

	private boolean required;

	private @Nullable BackOffExecution retries;

	private long retryAt;

	private volatile Total total = new Total(0, Duration.ZERO, null);

	ChangeDelivery(MirrorListener listener) {
		this.listener = listener;
	}

	/**
	 * Return the keys with undelivered changes, to which the caller adds more.
	 * @return the keys, modifiable
	 */
	Set<ByteSequence> changed() {
		return this.changed;
	}

	/** Require a delivery even if nothing has changed. */
	void require() {
		this.required = true;
	}

	private boolean isPending() {
		return this.required || !this.changed.isEmpty();
	}

	/**
	 * Return the time until a failed delivery is retried.
	 * @return nanoseconds, {@link Long#MAX_VALUE} if none has failed
	 */
	long nanosUntilRetry() {
		return (this.retries != null) ? Math.max(0, this.retryAt - System.nanoTime()) : Long.MAX_VALUE;
	}

	/**
	 * Call the listener if there is something to deliver.
	 * @param snapshot the state of the mirror
	 * @return the exception of the listener, {@code null} if nothing is left to deliver
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
	 * Count a delivery of events.
	 * @param arrived when the first of the events arrived
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
	 * Retries without limit, as giving up would leave the application stale until the
	 * next change. The interval grows to 30 seconds, as the cause may be a bug that
	 * persists until then.
	 */
	private static BackOffExecution newBackOff() {
		ExponentialBackOff backOff = new ExponentialBackOff(100, 2);
		backOff.setMaxInterval(30_000);
		backOff.setJitter(50);
		return backOff.start();
	}

	/**
	 * Number and duration of deliveries, from the arrival of events on.
	 *
	 * @param count the number of deliveries
	 * @param time their total duration
	 * @param last time of the last delivery, {@code null} if there was none
	 */
	record Total(long count, Duration time, @Nullable Instant last) {

	}

}
