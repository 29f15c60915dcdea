package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigProposal;
import io.github.etcdspring.operations.ConfigProposal.Consent;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.randomized.Observer.Pair;
import io.github.etcdspring.rollout.ConfigRollout;
import io.github.etcdspring.rollout.EtcdRolloutOperations;
import io.github.etcdspring.rollout.RolloutPlan;
import io.github.etcdspring.rollout.RolloutTarget;
import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.context.ApplicationContext;

/**
 * Model of the keys that are changed by rollouts and proposals: a pair of increasing
 * numbers in two directories. A number of a rollout that was stopped is never in etcd,
 * and no instance may keep it.
 */
final class ExpectedRollouts {

	private static final String FIRST = "/config/application/randomized/trial/first";

	private static final String SECOND = "/config/" + Observer.SERVICE + "/randomized/trial/second";

	private static final Duration PROPOSAL_TIMEOUT = Duration.ofSeconds(3);

	private final Journal journal;

	private final TestConnection operator;

	/** Numbers that were in etcd, or may have been. */
	private final Set<Integer> written = new HashSet<>(Set.of(0));

	private int highest;

	private int started;

	ExpectedRollouts(Journal journal, TestConnection operator) {
		this.journal = journal;
		this.operator = operator;
	}

	/**
	 * Start a rollout, unless there is one or etcd is unavailable.
	 * @param author the application that drives it first
	 * @param choice selects the size of the first step
	 */
	void start(ApplicationContext author, int choice) {
		int number = ++this.highest;
		this.started = number;
		this.written.add(read(FIRST));
		try {
			ConfigRollout rollout = author.getBean(EtcdRolloutOperations.class)
				.start(RolloutPlan
					.of("test", "", ConfigChange.put(FIRST, "" + number), ConfigChange.put(SECOND, "" + number))
					.step(RolloutTarget.share(1 + choice % 100), Duration.ofMillis(choice))
					.step(RolloutTarget.share(100), Duration.ofMillis(choice / 2)));
			this.journal.note("rollout " + rollout.id() + " of " + number + " started");
		}
		catch (EtcdConfigException ex) {
			this.journal.note("no rollout of " + number + " started: " + ex.getMessage());
		}
	}

	void stop(ApplicationContext author) {
		try {
			ConfigRollout rollout = author.getBean(EtcdRolloutOperations.class).find(FIRST);
			if (rollout != null) {
				this.journal.note("rollout " + rollout.id() + " to be stopped: " + rollout.stop("by the test"));
			}
		}
		catch (EtcdConfigException ex) {
			this.journal.note("no rollout stopped: " + ex.getMessage());
		}
	}

	void propose(ApplicationContext author) {
		int number = ++this.highest;
		this.written.add(read(FIRST));
		try (ConfigProposal proposal = author.getBean(EtcdConfigOperations.class)
			.propose("test", "", ConfigChange.put(FIRST, "" + number), ConfigChange.put(SECOND, "" + number))) {
			// may be written although there is no response
			this.written.add(number);
			boolean done = proposal.write(Consent.ANSWERED, PROPOSAL_TIMEOUT).isWritten();
			this.journal.note("proposal of " + number + ((done) ? "" : " not") + " written");
		}
		catch (EtcdConfigException ex) {
			this.journal.note("proposal of " + number + " failed: " + ex.getMessage());
		}
	}

	/**
	 * Record the numbers in etcd before it loses them. A rollout that is under way may be
	 * written until then.
	 * @param etcd the etcd
	 */
	void beforeLoss(EtcdServer etcd) {
		this.written.add(read(FIRST));
		if (isUnderWay(etcd)) {
			this.written.add(this.started);
		}
	}

	/** Whether there are keys of a rollout. */
	static boolean isUnderWay(EtcdServer etcd) {
		return etcd.etcdctl("get", "--prefix", "--keys-only", "/config/").contains("/.rollout/");
	}

	/**
	 * Compare a pair with etcd, after all rollouts have ended.
	 * @param pair the pair that an instance uses
	 * @param valid whether the configuration in etcd is valid
	 * @return the difference, empty if there is none
	 */
	String difference(Pair pair, boolean valid) {
		Pair stored = new Pair(read(FIRST), read(SECOND));
		this.written.add(stored.first());
		if (stored.isInconsistent()) {
			return "etcd has the rolled out pair " + stored;
		}
		boolean expected = (valid) ? pair.equals(stored) : this.written.contains(pair.first());
		return (expected) ? "" : "the rolled out pair is " + pair + " instead of " + stored;
	}

	private int read(String key) {
		KeyValue entry = this.operator.find(key);
		return (entry != null) ? Integer.parseInt(entry.getValue().toString()) : 0;
	}

}
