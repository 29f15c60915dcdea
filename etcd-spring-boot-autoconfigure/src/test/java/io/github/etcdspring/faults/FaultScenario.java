package io.github.etcdspring.faults;

import java.time.Duration;
import java.util.Locale;

import io.github.etcdspring.testsupport.CommandException;
import org.awaitility.core.ConditionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * One fault from its start to the recovery: what callers observed, and how long each
 * recovery took. Adds a line to the report.
 */
final class FaultScenario {

	/**
	 * Ten seconds for the promises of the starter (two to connect, two of back-off, and
	 * the same again for a request under way), and ten for a machine that is busy with
	 * other tests.
	 */
	static final Duration RECOVERY_TIMEOUT = Duration.ofSeconds(20);

	private final MonitoredApplication application;

	private final FaultReport report;

	private final String fault;

	private final long begin;

	FaultScenario(MonitoredApplication application, Class<?> tests, String fault) {
		this.application = application;
		this.report = new FaultReport(tests);
		this.fault = fault;
		application.monitor().begin();
		await().until(() -> application.monitor().samples() > 1);
		this.begin = System.nanoTime();
	}

	/**
	 * Wait while the fault lasts.
	 */
	FaultScenario lasts(Duration duration) {
		await().pollDelay(duration).atMost(duration.plus(RECOVERY_TIMEOUT)).until(() -> true);
		return this;
	}

	/**
	 * Allow instances to disappear, as etcd is about to lose its data.
	 */
	void expectDataLoss() {
		this.application.monitor().expectDataLoss();
	}

	/**
	 * Allow half of a pair to be stale, as the application may not read the other half.
	 */
	void expectPartialConfiguration() {
		this.application.monitor().expectPartialConfiguration();
	}

	void assertRecovery() {
		assertRecovery(RECOVERY_TIMEOUT);
	}

	/**
	 * End the fault, and wait until everything has recovered.
	 * @param limit the maximum time for that
	 */
	void assertRecovery(Duration limit) {
		long over = System.nanoTime();
		ConsistencyMonitor monitor = this.application.monitor();
		long renewals = this.application.renewals();
		ConditionFactory soon = await().atMost(limit).pollInterval(Duration.ofMillis(50));
		int number = soon.ignoreExceptionsInstanceOf(CommandException.class)
			.until(this.application::write, (any) -> true);
		monitor.await(number);
		soon.alias("own key, " + this.fault).until(this.application::isRegistered);
		long registered = System.nanoTime();
		soon.alias("configuration, " + this.fault).until(() -> monitor.configuredAt() != 0);
		soon.alias("instance, " + this.fault).until(() -> monitor.discoveredAt() != 0);
		// the lease is renewed, and no problem is reported any more
		soon.alias("renewal, " + this.fault).until(() -> this.application.renewals() > renewals);
		soon.untilAsserted(() -> {
			assertThat(this.application.isSynced() && this.application.lease().problem() == null)
				.as(this.application::problems)
				.isTrue();
			assertThat(this.application.others()).isEqualTo(this.application.othersInEtcd());
			assertThat(this.application.isListed()).isTrue();
		});
		assertThat(monitor.violations()).as(this.fault).isEmpty();
		this.report.add(this.fault, seen(), FaultReport.between(over, monitor.configuredAt()),
				FaultReport.between(over, monitor.discoveredAt()), FaultReport.between(over, registered));
	}

	private String seen() {
		ConsistencyMonitor monitor = this.application.monitor();
		String own = (monitor.unlisted().isZero()) ? "itself"
				: String.format(Locale.ROOT, "itself but for %.1f s", monitor.unlisted().toMillis() / 1000.0);
		String stale = (monitor.staleAt() == 0) ? ""
				: ", stale after " + FaultReport.seconds(FaultReport.between(this.begin, monitor.staleAt())) + " s";
		String others = (monitor.isDataLossExpected()) ? "the instances until etcd lost them"
				: "all " + monitor.known() + " instances";
		return others + " and " + own + stale;
	}

}
