package io.github.etcdspring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.github.etcdspring.demo.Deployment.Order;

/**
 * Checks load balancing, live configuration, a killed provider and rolling restarts, with
 * one etcd node, under load and with default settings of the starter.
 */
final class SingleNodeScenario {

	/** Requests per second. */
	static final int RATE = 200;

	private static final Duration TTL = Duration.ofSeconds(10);

	private static final Duration REMOVAL_TIMEOUT = TTL.plusSeconds(1);

	/**
	 * Requests that a provider may be processing when it is killed. Nobody knows whether
	 * they took effect.
	 */
	private static final int MAX_IN_FLIGHT = 10;

	/** Includes the requests that verify the change at all providers. */
	private static final Duration PROPAGATION_TIMEOUT = Duration.ofSeconds(2);

	private static final String CONFIGURATION = "/config/greeting/";

	private static final String MESSAGE = CONFIGURATION + "greeting/message";

	private static final String WORK = CONFIGURATION + "greeting/work";

	private final DemoProcesses processes;

	private final ProgressLog progress;

	private final CheckReport checks;

	SingleNodeScenario(DemoProcesses processes, ProgressLog progress) {
		this.processes = processes;
		this.progress = progress;
		this.checks = new CheckReport(progress);
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.processes, this.progress, 2);
		CallChecks calls = new CallChecks(deployment, this.checks);
		calls.checkDistribution("Requests by service name reach both providers");
		checkBoard(deployment);
		calls.checkNewInstance();
		checkConfiguration(deployment);
		new RolloutCheck(this.processes, deployment, this.checks).run();
		checkKill(deployment);
		calls.checkRestart("A rolling restart (start new, then stop old) fails no request", Order.START_FIRST);
		deployment.addProvider();
		calls.checkRestart("A rolling restart (stop old, then start new) fails no request", Order.STOP_FIRST);
		return this.checks.passed();
	}

	private void checkBoard(Deployment deployment) throws InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(deployment.entryPoint(), RATE)) {
			List<String> providers = deployment.providers().stream().map(ApplicationProcess::instance).toList();
			long opened = System.nanoTime();
			boolean shown = deployment.shop().boardShows(providers);
			long told = System.nanoTime();
			Thread.sleep(1000);
			CallResults calls = load.end();
			this.checks.report("The live board shows both providers without polling", calls,
					calls.failed() == 0 && shown,
					((shown) ? "" : "not ") + "pushed after " + Timing.millis(told - opened) + " ms; " + calls);
		}
	}

	/**
	 * Change a property, set an invalid value, correct it and delete it, and check each
	 * time that all providers apply or reject the change.
	 */
	private void checkConfiguration(Deployment deployment) throws InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(deployment.entryPoint(), RATE)) {
			StringBuilder figures = new StringBuilder();
			boolean passed = awaitMessage(deployment, figures, "change applied", "Good morning", "put", MESSAGE,
					"Good morning");
			this.processes.runEtcdctl("put", WORK, "a while");
			this.processes.runEtcdctl("put", MESSAGE, "Good evening");
			Thread.sleep(1000);
			passed &= deployment.shop().messages(10 * deployment.providers().size()).equals(Set.of("Good morning"));
			figures.append(", kept while an invalid value is set");
			passed &= awaitMessage(deployment, figures, "correction applied", "Good evening", "put", WORK, "4ms");
			passed &= awaitMessage(deployment, figures, "deletion applied", "Hello", "del", "--prefix", CONFIGURATION);
			CallResults calls = load.end();
			this.checks.report("Configuration changes apply within 2 s, and an invalid value is rejected", calls,
					passed && calls.failed() == 0, figures + "; " + calls);
		}
	}

	private boolean awaitMessage(Deployment deployment, StringBuilder figures, String change, String message,
			String... command) throws InterruptedException {
		int calls = 3 * deployment.providers().size();
		this.processes.runEtcdctl(command);
		long written = System.nanoTime();
		Timing.await(() -> deployment.shop().messages(calls).equals(Set.of(message)),
				PROPAGATION_TIMEOUT.multipliedBy(3));
		long applied = System.nanoTime() - written;
		figures.append((figures.isEmpty()) ? "" : ", ")
			.append(change)
			.append(" after ")
			.append(Timing.millis(applied))
			.append(" ms");
		return applied <= PROPAGATION_TIMEOUT.toNanos();
	}

	private void checkKill(Deployment deployment) throws InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(deployment.entryPoint(), RATE)) {
			ApplicationProcess victim = deployment.providers().get(0);
			Thread.sleep(1000);
			CallResults beforeKill = load.take();
			this.progress.log("kill -9 " + victim.pid() + " (" + victim.instance() + ")");
			long killed = System.nanoTime();
			deployment.kill(victim);
			Timing.await(() -> !deployment.shop().instances().contains(victim.instance()),
					REMOVAL_TIMEOUT.multipliedBy(2));
			long removed = System.nanoTime();
			Thread.sleep(2000);
			CallResults calls = load.end();
			CallResults untilRemoved = calls.startedBefore(removed);
			CallResults after = calls.startedAfter(removed);
			this.checks.report(
					"A provider killed with kill -9 fails at most the requests in flight, and is removed within "
							+ REMOVAL_TIMEOUT.toSeconds() + " s (TTL + 1 s)",
					calls,
					removed - killed <= REMOVAL_TIMEOUT.toNanos() && beforeKill.failed() == 0
							&& untilRemoved.failed() <= MAX_IN_FLIGHT && after.failed() == 0
							&& after.answeredBy(victim.instance()).count() == 0,
					String.format(Locale.ROOT,
							"removed after %.1f s; %d of %d requests failed until then, %d of %d afterwards (%.0f/s)",
							Timing.seconds(removed - killed), untilRemoved.failed(), untilRemoved.count(),
							after.failed(), after.count(), calls.rate()));
		}
	}

}
