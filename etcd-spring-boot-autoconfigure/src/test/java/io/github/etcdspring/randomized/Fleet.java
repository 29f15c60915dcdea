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
 * Which instances live, and what the catalog has to say of them at each moment: it has
 * all that live, unless a fault explains why not, and soon none that does not.
 */
final class Fleet {

	/** Most that a fault may last without being an excuse: renewals go on in time. */
	private static final Duration SHORT = Duration.ofMillis(1200);

	/** Until an instance is there, again or for the first time. */
	private static final Duration BACK = Duration.ofSeconds(10);

	/**
	 * For a machine with two processors that runs other tests at the same time, beyond
	 * the second that is promised.
	 */
	private static final Duration ALLOWANCE = Duration.ofSeconds(2);

	/** Until all are connected again after a fault. */
	private static final Duration CONNECTED = Duration.ofSeconds(3);

	private static final long FOREVER = Long.MAX_VALUE;

	private final Journal journal;

	private final Map<String, Member> members = new LinkedHashMap<>();

	private @Nullable Fault fault;

	private Side side = Side.BOTH;

	private long faultSince;

	private long calmSince = System.nanoTime();

	private long lastSample;

	Fleet(Journal journal) {
		this.journal = journal;
	}

	/**
	 * An instance may be there at any time from now on.
	 * @param besideObserver whether it shares the network of the observer
	 */
	synchronized void starts(String id, boolean besideObserver) {
		this.members.put(id, new Member(id, besideObserver));
	}

	/**
	 * An instance has started.
	 */
	synchronized void started(String id) {
		Member member = member(id);
		if (this.fault == null && !member.listed) {
			member.dueAt = System.nanoTime() + BACK.toNanos();
		}
	}

	synchronized void changes(String id, int version) {
		member(id).version = version;
	}

	/**
	 * An instance ends.
	 * @param orderly whether it takes its key along
	 */
	synchronized void ends(String id, boolean orderly) {
		Member member = member(id);
		member.endedAt = System.nanoTime();
		member.orderly = orderly && this.fault == null && member.endedAt - this.calmSince > CONNECTED.toNanos();
	}

	/**
	 * Somebody took the key or the lease of an instance away.
	 */
	synchronized void robbed(String id) {
		Member member = member(id);
		member.robbed = true;
		member.dueAt = (this.fault != null) ? FOREVER : System.nanoTime() + BACK.toNanos();
	}

	synchronized void begins(Fault next, Side affected) {
		long now = System.nanoTime();
		this.fault = next;
		this.side = affected;
		this.faultSince = now;
		for (Member member : living()) {
			if (!member.listed || now < member.dueAt || next.costsLeasesAtOnce()) {
				member.dueAt = FOREVER;
			}
		}
	}

	synchronized void ends() {
		long now = System.nanoTime();
		boolean excuse = isExcuse(now);
		for (Member member : living()) {
			if (member.dueAt == FOREVER || !member.listed || (excuse && isAffected(member))) {
				member.dueAt = now + BACK.toNanos();
			}
		}
		this.fault = null;
		this.calmSince = now;
	}

	/**
	 * Compare with what the catalog holds right now.
	 * @param listed ids of the instances
	 */
	synchronized void sample(Set<String> listed) {
		long now = System.nanoTime();
		if (this.lastSample != 0 && now - this.lastSample > SHORT.toNanos()) {
			stalled(now);
		}
		this.lastSample = now;
		for (String id : listed) {
			if (!this.members.containsKey(id)) {
				this.journal.violation("an instance that never was is in the catalog: " + id);
			}
		}
		for (Member member : this.members.values()) {
			check(member, listed.contains(member.id), now);
		}
	}

	/** The machine had no time for anybody. */
	private void stalled(long now) {
		this.journal.note("this process stood still for " + Duration.ofNanos(now - this.lastSample).toMillis() + " ms");
		for (Member member : living()) {
			if (member.dueAt != FOREVER) {
				member.dueAt = Math.max(member.dueAt, now + BACK.toNanos());
			}
		}
		this.calmSince = now;
	}

	private void check(Member member, boolean isListed, long now) {
		boolean wasListed = member.listed;
		member.listed = isListed;
		if (member.isAlive()) {
			if (isListed && !wasListed) {
				appeared(member, now);
			}
			else if (!isListed && wasListed) {
				member.missingSince = now;
			}
			if (!isListed && now > member.dueAt && !(isExcuse(now) && isAffected(member))) {
				member.dueAt = FOREVER;
				this.journal.violation("a living instance is not in the catalog: " + member.id);
			}
		}
		else if (isListed && this.fault == null && !member.complained) {
			boolean undisturbed = this.calmSince < member.endedAt;
			Duration limit = (undisturbed && member.orderly) ? Duration.ofSeconds(1) : World.TTL.plusSeconds(1);
			long since = now - Math.max(member.endedAt, this.calmSince);
			if (since > limit.plus(ALLOWANCE).toNanos()) {
				member.complained = true;
				this.journal.violation("a dead instance is still in the catalog: " + member.id);
			}
		}
		else if (!isListed && wasListed && this.calmSince < member.endedAt && !member.orderly) {
			this.journal.note(member.id + " is gone " + millis(member.endedAt, now) + " ms after it died");
		}
	}

	private void appeared(Member member, long now) {
		if (member.missingSince != 0) {
			this.journal.note(member.id + " is back after " + millis(member.missingSince, now) + " ms");
		}
		else {
			// from now on it may not be missing without an excuse
			member.dueAt = (this.fault != null || member.robbed) ? member.dueAt : now;
		}
	}

	private boolean isExcuse(long now) {
		Fault current = this.fault;
		return current != null
				&& (current.costsLeasesAtOnce() || (current.costsLeases() && now - this.faultSince > SHORT.toNanos()));
	}

	/** A frozen etcd affects all; else each has a network of its own. */
	private boolean isAffected(Member member) {
		Fault current = this.fault;
		if (current == null || !current.leavesEtcdAlone()) {
			return true;
		}
		return (member.besideObserver) ? this.side.affectsObserver() : this.side.affectsInstances();
	}

	/**
	 * What the catalog has to hold once all has come to rest.
	 * @return the version of each instance by its id
	 */
	synchronized Map<String, Integer> expected() {
		Map<String, Integer> expected = new TreeMap<>();
		living().forEach((member) -> expected.put(member.id, member.version));
		return expected;
	}

	synchronized boolean isDisturbed() {
		return this.fault != null;
	}

	synchronized long calmSince() {
		return this.calmSince;
	}

	private Collection<Member> living() {
		return List.copyOf(this.members.values()).stream().filter(Member::isAlive).toList();
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

		private final boolean besideObserver;

		private int version;

		private boolean listed;

		/** From then on it has to be in the catalog. */
		private long dueAt = FOREVER;

		/** Whether its key may go although it was not even seen yet. */
		private boolean robbed;

		private long missingSince;

		private long endedAt;

		private boolean orderly;

		private boolean complained;

		Member(String id, boolean besideObserver) {
			this.id = id;
			this.besideObserver = besideObserver;
		}

		boolean isAlive() {
			return this.endedAt == 0;
		}

	}

}
