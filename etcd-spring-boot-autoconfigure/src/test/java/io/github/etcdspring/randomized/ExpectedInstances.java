package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * Model of the instances and of what the service catalog must contain at each moment: all
 * running instances unless a fault excuses their absence, and soon no ended one.
 */
final class ExpectedInstances {

	/** Maximum duration of a fault that lets no lease expire. */
	private static final Duration MAX_HARMLESS_DURATION = Duration.ofMillis(1200);

	/** Maximum time until an instance is listed for the first time or again. */
	private static final Duration RETURN_TIMEOUT = Duration.ofSeconds(10);

	/**
	 * Added to the promised time on a machine that runs other tests at the same time.
	 */
	private static final Duration LOAD_TOLERANCE = Duration.ofSeconds(2);

	/** Maximum time until all clients have reconnected after a fault. */
	private static final Duration RECONNECT_TIMEOUT = Duration.ofSeconds(3);

	private static final long NEVER = Long.MAX_VALUE;

	private final Journal journal;

	private final Map<String, Member> members = new LinkedHashMap<>();

	private @Nullable Fault fault;

	private NetworkSide side = NetworkSide.BOTH;

	private long faultSince;

	private long undisturbedSince = System.nanoTime();

	private long lastSample;

	ExpectedInstances(Journal journal) {
		this.journal = journal;
	}

	/**
	 * Record that an instance starts and may be listed at any time.
	 * @param onObserverNetwork whether it shares the network of the observer
	 */
	synchronized void starts(String id, boolean onObserverNetwork) {
		this.members.put(id, new Member(id, onObserverNetwork));
	}

	/**
	 * Record that an instance has started.
	 */
	synchronized void started(String id) {
		Member member = member(id);
		if (this.fault == null && !member.listed) {
			member.dueAt = System.nanoTime() + RETURN_TIMEOUT.toNanos();
		}
	}

	synchronized void changes(String id, int version) {
		member(id).version = version;
	}

	/**
	 * Record that an instance ends.
	 * @param graceful whether it deletes its key
	 */
	synchronized void ends(String id, boolean graceful) {
		Member member = member(id);
		member.endedAt = System.nanoTime();
		member.graceful = graceful && this.fault == null
				&& member.endedAt - this.undisturbedSince > RECONNECT_TIMEOUT.toNanos();
	}

	/**
	 * Record that the key of an instance was deleted or its lease revoked.
	 */
	synchronized void keyRemoved(String id) {
		Member member = member(id);
		member.keyRemoved = true;
		member.dueAt = (this.fault != null) ? NEVER : System.nanoTime() + RETURN_TIMEOUT.toNanos();
	}

	synchronized void faultStarted(Fault next, NetworkSide affected) {
		long now = System.nanoTime();
		this.fault = next;
		this.side = affected;
		this.faultSince = now;
		for (Member member : running()) {
			if (!member.listed || now < member.dueAt || next.losesLeasesImmediately()) {
				member.dueAt = NEVER;
			}
		}
	}

	synchronized void ends() {
		long now = System.nanoTime();
		boolean excused = isExcused(now);
		for (Member member : running()) {
			if (member.dueAt == NEVER || !member.listed || (excused && isAffected(member))) {
				member.dueAt = now + RETURN_TIMEOUT.toNanos();
			}
		}
		this.fault = null;
		this.undisturbedSince = now;
	}

	/**
	 * Compare the model with the current content of the catalog.
	 * @param listed ids of the instances
	 */
	synchronized void sample(Set<String> listed) {
		long now = System.nanoTime();
		if (this.lastSample != 0 && now - this.lastSample > MAX_HARMLESS_DURATION.toNanos()) {
			stalled(now);
		}
		this.lastSample = now;
		for (String id : listed) {
			if (!this.members.containsKey(id)) {
				this.journal.violation("an unknown instance is in the catalog: " + id);
			}
		}
		for (Member member : this.members.values()) {
			check(member, listed.contains(member.id), now);
		}
	}

	/** Tolerates that the machine was too busy to run this process. */
	private void stalled(long now) {
		this.journal
			.note("this process was suspended for " + Duration.ofNanos(now - this.lastSample).toMillis() + " ms");
		for (Member member : running()) {
			if (member.dueAt != NEVER) {
				member.dueAt = Math.max(member.dueAt, now + RETURN_TIMEOUT.toNanos());
			}
		}
		this.undisturbedSince = now;
	}

	private void check(Member member, boolean isListed, long now) {
		boolean wasListed = member.listed;
		member.listed = isListed;
		if (member.isRunning()) {
			if (isListed && !wasListed) {
				appeared(member, now);
			}
			else if (!isListed && wasListed) {
				member.missingSince = now;
			}
			if (!isListed && now > member.dueAt && !(isExcused(now) && isAffected(member))) {
				member.dueAt = NEVER;
				this.journal.violation("a running instance is not in the catalog: " + member.id);
			}
		}
		else if (isListed && this.fault == null && !member.reported) {
			boolean undisturbed = this.undisturbedSince < member.endedAt;
			Duration limit = (undisturbed && member.graceful) ? Duration.ofSeconds(1)
					: TestEnvironment.TTL.plusSeconds(1);
			long since = now - Math.max(member.endedAt, this.undisturbedSince);
			if (since > limit.plus(LOAD_TOLERANCE).toNanos()) {
				member.reported = true;
				this.journal.violation("an ended instance is still in the catalog: " + member.id);
			}
		}
		else if (!isListed && wasListed && this.undisturbedSince < member.endedAt && !member.graceful) {
			this.journal.note(member.id + " was removed " + millis(member.endedAt, now) + " ms after its end");
		}
	}

	private void appeared(Member member, long now) {
		if (member.missingSince != 0) {
			this.journal.note(member.id + " is back after " + millis(member.missingSince, now) + " ms");
		}
		else {
			// from now on it must not be missing without an excuse
			member.dueAt = (this.fault != null || member.keyRemoved) ? member.dueAt : now;
		}
	}

	private boolean isExcused(long now) {
		Fault current = this.fault;
		return current != null && (current.losesLeasesImmediately()
				|| (current.losesLeases() && now - this.faultSince > MAX_HARMLESS_DURATION.toNanos()));
	}

	/** A frozen etcd affects all instances; other faults affect one network. */
	private boolean isAffected(Member member) {
		Fault current = this.fault;
		if (current == null || !current.etcdStaysAvailable()) {
			return true;
		}
		return (member.onObserverNetwork) ? this.side.affectsObserver() : this.side.affectsInstances();
	}

	/**
	 * Return the expected content of the catalog after all changes have arrived.
	 * @return the version of each instance by its id
	 */
	synchronized Map<String, Integer> expected() {
		Map<String, Integer> expected = new TreeMap<>();
		running().forEach((member) -> expected.put(member.id, member.version));
		return expected;
	}

	synchronized boolean isDisturbed() {
		return this.fault != null;
	}

	synchronized long undisturbedSince() {
		return this.undisturbedSince;
	}

	private Collection<Member> running() {
		return List.copyOf(this.members.values()).stream().filter(Member::isRunning).toList();
	}

	private Member member(String id) {
		Member member = this.members.get(id);
		if (member == null) {
			throw new IllegalArgumentException(id);
		}
		return member;
	}

	private static long millis(long from, long to) {
		return Duration.ofNanos(to - from).toMillis();
	}

	/**
	 * One instance.
	 */
	private static final class Member {

		private final String id;

		private final boolean onObserverNetwork;

		private int version;

		private boolean listed;

		/** When it must be in the catalog at the latest. */
		private long dueAt = NEVER;

		/** Whether its key was removed, possibly before it was ever listed. */
		private boolean keyRemoved;

		private long missingSince;

		private long endedAt;

		private boolean graceful;

		private boolean reported;

		Member(String id, boolean onObserverNetwork) {
			this.id = id;
			this.onObserverNetwork = onObserverNetwork;
		}

		boolean isRunning() {
			return this.endedAt == 0;
		}

	}

}
