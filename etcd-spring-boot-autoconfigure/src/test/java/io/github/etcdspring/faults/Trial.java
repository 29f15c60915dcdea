package io.github.etcdspring.faults;

import java.time.Duration;
import java.util.Locale;

import io.github.etcdspring.testsupport.CommandException;
import org.awaitility.core.ConditionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * One fault, from its begin until all is as before: what callers saw of it, and how long
 * each promise took to hold again. Leaves a line in the report.
 */
final class Trial {

	/**
	 * Ten seconds for what the application promises (two to connect, two of back-off, as
	 * much again for a request that was on its way), and ten for a machine that is busy
	 * with other tests.
	 */
	static final Duration LIMIT = Duration.ofSeconds(20);

	private final Witness witness;

	private final Report report;

	private final String fault;

	private final long begin;

	Trial(Witness witness, Class<?> tests, String fault) {
		this.witness = witness;
		this.report = new Report(tests);
		this.fault = fault;
		witness.callers().begin();
		await().until(() -> witness.callers().looks() > 1);
		this.begin = System.nanoTime();
	}

	/**
	 * Let time pass.
	 */
	Trial lasts(Duration duration) {
		await().pollDelay(duration).atMost(duration.plus(LIMIT)).until(() -> true);
		return this;
	}

	/**
	 * What etcd held is about to be lost, and the instances with it.
	 */
	void losesData() {
		this.witness.callers().tolerate();
	}

	/**
	 * Half of what is written together may not be read.
	 */
	void halves() {
		this.witness.callers().tolerateHalves();
	}

	void over() {
		over(LIMIT);
	}

	/**
	 * The fault is over: wait until all is as before.
	 * @param limit how long that may take
	 */
	void over(Duration limit) {
		long over = System.nanoTime();
		Callers callers = this.witness.callers();
		long renewals = this.witness.renewals();
		ConditionFactory soon = await().atMost(limit).pollInterval(Duration.ofMillis(50));
		int number = soon.ignoreExceptionsInstanceOf(CommandException.class).until(this.witness::write, (any) -> true);
		callers.await(number);
		soon.alias("own key, " + this.fault).until(this.witness::isRegistered);
		long registered = System.nanoTime();
		soon.alias("configuration, " + this.fault).until(() -> callers.configuredAt() != 0);
		soon.alias("instance, " + this.fault).until(() -> callers.discoveredAt() != 0);
		// the lease lives on, and it is said that all is well
		soon.alias("renewal, " + this.fault).until(() -> this.witness.renewals() > renewals);
		soon.untilAsserted(() -> {
			assertThat(this.witness.isSynced() && this.witness.lease().problem() == null).as(this.witness::problems)
				.isTrue();
			assertThat(this.witness.others()).isEqualTo(this.witness.othersInEtcd());
			assertThat(this.witness.isListed()).isTrue();
		});
		assertThat(callers.faults()).as(this.fault).isEmpty();
		this.report.add(this.fault, seen(), Report.between(over, callers.configuredAt()),
				Report.between(over, callers.discoveredAt()), Report.between(over, registered));
	}

	private String seen() {
		Callers callers = this.witness.callers();
		String own = (callers.unlisted().isZero()) ? "itself"
				: String.format(Locale.ROOT, "itself but for %.1f s", callers.unlisted().toMillis() / 1000.0);
		String stale = (callers.staleAt() == 0) ? ""
				: ", stale after " + Report.seconds(Report.between(this.begin, callers.staleAt())) + " s";
		String others = (callers.isTolerant()) ? "the instances until etcd lost them"
				: "all " + callers.known() + " instances";
		return others + " and " + own + stale;
	}

}
