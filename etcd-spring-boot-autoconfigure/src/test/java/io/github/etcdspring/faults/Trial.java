package io.github.etcdspring.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.github.etcdspring.testsupport.CommandException;
import org.awaitility.core.ConditionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * One fault, from its begin until all is as before: what callers saw of it, and how long
 * each promise took to hold again. Leaves a line in {@code target/faults}.
 */
final class Trial {

	/**
	 * Ten seconds for what the application promises (two to connect, two of back-off, as
	 * much again for a request that was on its way), and ten for a machine that is busy
	 * with other tests.
	 */
	static final Duration LIMIT = Duration.ofSeconds(20);

	private static final Path DIRECTORY = Path.of("target", "faults");

	private static final Set<Path> BEGUN = ConcurrentHashMap.newKeySet();

	private final Witness witness;

	private final Path report;

	private final String fault;

	private final long begin;

	Trial(Witness witness, Class<?> tests, String fault) {
		this.witness = witness;
		this.report = DIRECTORY.resolve(tests.getSimpleName() + ".tsv");
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
		report(seconds(over, callers.configuredAt()), seconds(over, callers.discoveredAt()), seconds(over, registered));
	}

	private String seen() {
		Callers callers = this.witness.callers();
		String own = (callers.unlisted().isZero()) ? "itself"
				: String.format(Locale.ROOT, "itself but for %.1f s", callers.unlisted().toMillis() / 1000.0);
		String stale = (callers.staleAt() == 0) ? "" : ", stale after " + seconds(this.begin, callers.staleAt()) + " s";
		String others = (callers.isTolerant()) ? "the instances until etcd lost them"
				: "all " + callers.known() + " instances";
		return others + " and " + own + stale;
	}

	private static String seconds(long from, long to) {
		return String.format(Locale.ROOT, "%.2f", Math.max(0, to - from) / 1e9);
	}

	private void report(String configuration, String instance, String ownKey) {
		String load = String.format(Locale.ROOT, "%.1f",
				ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
		String line = String.join("\t", this.fault, seen(), configuration, instance, ownKey, load) + "\n";
		try {
			Files.createDirectories(DIRECTORY);
			if (BEGUN.add(this.report)) {
				Files.deleteIfExists(this.report);
			}
			Files.writeString(this.report, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
