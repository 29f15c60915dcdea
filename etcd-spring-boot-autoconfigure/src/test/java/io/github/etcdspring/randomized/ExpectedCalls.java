package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.github.etcdspring.randomized.Call.Attempt;
import org.jspecify.annotations.Nullable;

/**
 * Model of the instances' faults, and of the calls that they may cost.
 * <ul>
 * <li>A call fails only if the last instance that was tried for it had a fault meanwhile.
 * A call for which no instance was found fails only while hardly any is known.</li>
 * <li>A call ends within the timeouts of its attempts.</li>
 * <li>During a fault, an instance is tried at most {@code CALLERS + probes} times. Until
 * the first caller knows of the fault, each caller may have chosen the instance once: it
 * is avoided before the caller can choose a second time, after 250 ms without an answer
 * where a call takes {@link CallingClient#READ_TIMEOUT} to fail. From then on it is tried
 * by one call after 1 s, 2 s, 4 s and so on, up to {@link #MAX_EJECTION}, each shortened
 * by the jitter of a fifth. A new put of its key starts this again.</li>
 * <li>While connections are refused, at most the calls in flight fail, one for each
 * caller, because the others are retried.</li>
 * </ul>
 * The bounds do not hold when all instances were ejected, as then all are called.
 */
final class ExpectedCalls {

	/** Value of the property {@code ejection.max-duration} of the observer. */
	static final Duration MAX_EJECTION = Duration.ofSeconds(5);

	private static final int CALLERS = CallingClient.values().length;

	/** First ejection, shortened by the jitter. */
	private static final long MIN_EJECTION_NANOS = Duration.ofMillis(800).toNanos();

	private static final long MAX_EJECTION_NANOS = MAX_EJECTION.toNanos() * 4 / 5;

	/** Number of vanished instances that are called as a last resort. */
	private static final int MASS_EXPIRY = 3;

	/** Without running for this long, all calls look as if they were not answered. */
	private static final long STALL_NANOS = Duration.ofMillis(200).toNanos();

	/** Added to a timeout on a machine that runs other tests at the same time. */
	private static final long LOAD_TOLERANCE_NANOS = Duration.ofSeconds(2).toNanos();

	private final Journal journal;

	private final Queue<Call> ended = new ConcurrentLinkedQueue<>();

	private final Map<String, Target> targets = new HashMap<>();

	/** When each instance was last in the catalog. */
	private final Map<String, Long> listedAt = new HashMap<>();

	private long lastSample = System.nanoTime();

	private long stalledAt = System.nanoTime();

	private int withoutInstance;

	private int answered;

	private int failed;

	ExpectedCalls(Journal journal) {
		this.journal = journal;
	}

	synchronized void starts(String id) {
		this.targets.put(id, new Target());
	}

	synchronized void faultStarts(String id, InstanceFault fault) {
		Target target = target(id);
		target.finish(System.nanoTime());
		target.episodes.add(new Episode(fault, System.nanoTime()));
	}

	synchronized void faultEnded(String id) {
		target(id).finish(System.nanoTime());
	}

	synchronized boolean isFaulty(String id) {
		return target(id).isFaulty();
	}

	/**
	 * Record a call, on the thread of the caller.
	 */
	void ended(Call call) {
		this.ended.add(call);
	}

	/**
	 * Check the calls that have ended.
	 * @param listed ids of the instances in the catalog
	 */
	synchronized void sample(Set<String> listed) {
		long now = System.nanoTime();
		boolean stalled = now - this.lastSample > STALL_NANOS;
		this.lastSample = now;
		if (stalled) {
			this.stalledAt = now;
		}
		if (!listed.isEmpty()) {
			this.withoutInstance = 0;
		}
		listed.forEach((id) -> this.listedAt.put(id, now));
		boolean lockedOut = listed.stream().noneMatch((id) -> target(id).isHealthy());
		this.targets.forEach((id, target) -> target.sample(listed.contains(id), stalled || lockedOut));
		for (Call call = this.ended.poll(); call != null; call = this.ended.poll()) {
			check(call);
		}
	}

	private void check(Call call) {
		for (Attempt attempt : call.attempts()) {
			count(attempt);
		}
		long limit = (call.attempts().size() + 1)
				* CallingClient.CONNECT_TIMEOUT.plus(CallingClient.READ_TIMEOUT).toNanos() + LOAD_TOLERANCE_NANOS;
		if (call.end() - call.start() > limit && !isStalled(call)) {
			this.journal.violation("a call did not end in time: " + describe(call));
		}
		if (call.isAnswered()) {
			this.answered++;
			if (!call.attempts().isEmpty()) {
				last(call).answered(call.attempts().get(call.attempts().size() - 1).start(), call.end());
			}
		}
		else {
			this.failed++;
			checkFailure(call);
		}
	}

	private void checkFailure(Call call) {
		if (call.attempts().isEmpty()) {
			long known = this.listedAt.values()
				.stream()
				.filter((at) -> call.start() - at < TestEnvironment.TTL.toNanos())
				.count();
			// ADR 21: a call may have read the empty list just before
			if (known >= MASS_EXPIRY && ++this.withoutInstance > CALLERS) {
				this.journal.violation("no instance was found for a call: " + describe(call));
			}
			return;
		}
		Attempt attempt = call.attempts().get(call.attempts().size() - 1);
		Episode episode = last(call).during(attempt.start(), call.end());
		if (episode == null) {
			if (!isStalled(call)) {
				this.journal.violation("a call of an instance without a fault failed: " + describe(call));
			}
			return;
		}
		episode.failures++;
		this.journal.note("failed during " + episode + ": " + describe(call));
		if (episode.fault == InstanceFault.REFUSED && episode.failures > CALLERS * episode.registrations()
				&& !episode.excused) {
			episode.excused = true;
			this.journal.violation("too many failed calls: " + episode + ", " + describe(call));
		}
	}

	private void count(Attempt attempt) {
		Episode episode = target(attempt.instance()).during(attempt.start(), attempt.start());
		if (episode == null) {
			return;
		}
		episode.attempts.add(attempt);
		long limit = (long) episode.registrations() * (CALLERS + probes(attempt.start() - episode.start));
		if (episode.attempts.size() > limit && !episode.excused) {
			episode.excused = true;
			this.journal.violation(attempt.instance() + " was called more than " + limit + " times during " + episode);
		}
	}

	/**
	 * Return how often an instance is tried within a time since it was first ejected.
	 */
	private static int probes(long nanos) {
		int probes = 0;
		long pause = MIN_EJECTION_NANOS;
		for (long rest = nanos - pause; rest >= 0; rest -= pause) {
			probes++;
			pause = Math.min(2 * pause, MAX_EJECTION_NANOS);
		}
		return probes;
	}

	private boolean isStalled(Call call) {
		return this.stalledAt - call.start() > 0;
	}

	private Target last(Call call) {
		return target(call.attempts().get(call.attempts().size() - 1).instance());
	}

	private Target target(String id) {
		Target target = this.targets.get(id);
		if (target == null) {
			throw new IllegalArgumentException(id);
		}
		return target;
	}

	/**
	 * Return the instances that have not answered any call since a time.
	 * @param ids ids of the instances
	 * @param since the time
	 */
	synchronized Set<String> silentSince(Collection<String> ids, long since) {
		Set<String> silent = new TreeSet<>(ids);
		silent.removeIf((id) -> target(id).answeredAt - since > 0);
		return silent;
	}

	private static String describe(Call call) {
		return call.client() + " called " + call.attempts().stream().map(Attempt::instance).toList() + " for "
				+ Duration.ofNanos(call.end() - call.start()).toMillis() + " ms, " + call.failure();
	}

	@Override
	public synchronized String toString() {
		return this.answered + " calls answered, " + this.failed + " failed";
	}

	/**
	 * The server of an instance.
	 */
	private static final class Target {

		private final List<Episode> episodes = new ArrayList<>();

		/** Start of the last attempt that was answered. */
		private long answeredAttempt;

		private long answeredAt = System.nanoTime();

		boolean isFaulty() {
			return !this.episodes.isEmpty() && this.episodes.get(this.episodes.size() - 1).end == 0;
		}

		/**
		 * Whether the observer knows that it has no fault.
		 */
		boolean isHealthy() {
			return this.episodes.isEmpty()
					|| (!isFaulty() && this.answeredAttempt - this.episodes.get(this.episodes.size() - 1).end > 0);
		}

		void finish(long now) {
			if (isFaulty()) {
				this.episodes.get(this.episodes.size() - 1).end = now;
			}
		}

		void answered(long attempt, long end) {
			this.answeredAttempt = Math.max(this.answeredAttempt, attempt);
			this.answeredAt = Math.max(this.answeredAt, end);
		}

		void sample(boolean isListed, boolean excused) {
			if (isFaulty()) {
				Episode episode = this.episodes.get(this.episodes.size() - 1);
				episode.excused |= excused;
				if (isListed && !episode.listed) {
					episode.appearances++;
				}
				episode.listed = isListed;
			}
		}

		@Nullable Episode during(long start, long end) {
			for (int i = this.episodes.size() - 1; i >= 0; i--) {
				Episode episode = this.episodes.get(i);
				if (end - episode.start >= 0 && (episode.end == 0 || episode.end - start >= 0)) {
					return episode;
				}
			}
			return null;
		}

	}

	/**
	 * A fault of an instance, from its start to its end.
	 */
	private static final class Episode {

		private final InstanceFault fault;

		private final long start;

		/** 0 until it ends. */
		private long end;

		private final List<Attempt> attempts = new ArrayList<>();

		private int failures;

		private boolean listed;

		private int appearances;

		/** Whether the bounds do not hold. */
		private boolean excused;

		Episode(InstanceFault fault, long start) {
			this.fault = fault;
			this.start = start;
		}

		/**
		 * Return how often the observer had to assume that the instance had recovered.
		 */
		int registrations() {
			Set<Long> revisions = new HashSet<>();
			this.attempts.forEach((attempt) -> revisions.add(attempt.revision()));
			return Math.max(1, revisions.size()) + Math.max(0, this.appearances - 1);
		}

		@Override
		public String toString() {
			return this.fault + " with " + this.attempts.size() + " attempts of " + registrations()
					+ " registrations and " + this.failures + " failures";
		}

	}

}
