package io.github.etcdspring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.github.etcdspring.demo.Deployment.Order;

/**
 * Walks through what the starter promises and checks each promise, all of it with default
 * settings of the starter and under load.
 */
final class Scenario {

	/** Calls per second. */
	static final int RATE = 200;

	private static final Duration TTL = Duration.ofSeconds(10);

	private static final Duration GONE_LIMIT = TTL.plusSeconds(1);

	/** With the calls that it takes to see it at all providers. */
	private static final Duration FOLLOWED_LIMIT = Duration.ofSeconds(2);

	private static final String CONFIGURATION = "/config/greeting/";

	private static final String MESSAGE = CONFIGURATION + "greeting/message";

	private static final String WORK = CONFIGURATION + "greeting/work";

	private final Stage stage;

	private final Progress progress;

	private final Checks checks;

	Scenario(Stage stage, Progress progress) {
		this.stage = stage;
		this.progress = progress;
		this.checks = new Checks(progress);
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.stage, this.progress, 2);
		CallChecks calls = new CallChecks(deployment, this.checks);
		calls.spread("Calls by name reach both providers");
		checkBoard(deployment);
		calls.newcomer();
		checkConfiguration(deployment);
		checkKill(deployment);
		checkRestart("Restart of all, each replacement started first", deployment, Order.START_FIRST);
		deployment.add();
		checkRestart("Restart of all, each stopped first", deployment, Order.STOP_FIRST);
		return this.checks.passed();
	}

	private void checkBoard(Deployment deployment) throws InterruptedException {
		try (Load load = Load.on(deployment.front(), RATE)) {
			List<String> providers = deployment.providers().stream().map(Application::instance).toList();
			long opened = System.nanoTime();
			boolean shown = deployment.shop().boardShows(providers);
			long told = System.nanoTime();
			Thread.sleep(1000);
			Calls calls = load.end();
			this.checks.report("The live board shows both providers", calls, calls.failed() == 0 && shown,
					((shown) ? "" : "not ") + "told of them within " + Clock.millis(told - opened) + " ms; " + calls);
		}
	}

	/**
	 * Change the greeting, break it, mend it and delete it, and look each time at what
	 * all providers say.
	 */
	private void checkConfiguration(Deployment deployment) throws InterruptedException {
		try (Load load = Load.on(deployment.front(), RATE)) {
			StringBuilder figures = new StringBuilder();
			boolean kept = says(deployment, figures, "changed", "Good morning", "put", MESSAGE, "Good morning");
			this.stage.writeToEtcd("put", WORK, "a while");
			this.stage.writeToEtcd("put", MESSAGE, "Good evening");
			Thread.sleep(1000);
			kept &= deployment.shop().messages(10 * deployment.providers().size()).equals(Set.of("Good morning"));
			figures.append(", kept while a value cannot be used");
			kept &= says(deployment, figures, "mended", "Good evening", "put", WORK, "4ms");
			kept &= says(deployment, figures, "deleted", "Hello", "del", "--prefix", CONFIGURATION);
			Calls calls = load.end();
			this.checks.report("A greeting follows what etcd holds", calls, kept && calls.failed() == 0,
					figures + "; " + calls);
		}
	}

	private boolean says(Deployment deployment, StringBuilder figures, String change, String message, String... command)
			throws InterruptedException {
		int calls = 3 * deployment.providers().size();
		this.stage.writeToEtcd(command);
		long written = System.nanoTime();
		Clock.await(() -> deployment.shop().messages(calls).equals(Set.of(message)), FOLLOWED_LIMIT.multipliedBy(3));
		long followed = System.nanoTime() - written;
		figures.append((figures.isEmpty()) ? "" : ", ")
			.append(change)
			.append(" within ")
			.append(Clock.millis(followed))
			.append(" ms");
		return followed <= FOLLOWED_LIMIT.toNanos();
	}

	private void checkKill(Deployment deployment) throws InterruptedException {
		try (Load load = Load.on(deployment.front(), RATE)) {
			Application victim = deployment.providers().get(0);
			Thread.sleep(1000);
			Calls calm = load.take();
			this.progress.say("kill -9 " + victim.pid() + ", which is " + victim.instance());
			long killed = System.nanoTime();
			deployment.kill(victim);
			Clock.await(() -> !deployment.shop().instances().contains(victim.instance()), GONE_LIMIT.multipliedBy(2));
			long gone = System.nanoTime();
			Thread.sleep(2000);
			Calls calls = load.end();
			Calls meanwhile = calls.startedBefore(gone);
			Calls after = calls.startedAfter(gone);
			this.checks.report("A provider killed by kill -9 is gone within " + GONE_LIMIT.toSeconds() + " s", calls,
					gone - killed <= GONE_LIMIT.toNanos() && calm.failed() == 0 && after.failed() == 0
							&& after.answeredBy(victim.instance()).count() == 0,
					String.format(Locale.ROOT,
							"after %.1f s; %d of %d calls failed meanwhile, and after that %d of %d (%.0f/s)",
							Clock.seconds(gone - killed), meanwhile.failed(), meanwhile.count(), after.failed(),
							after.count(), calls.rate()));
		}
	}

	private void checkRestart(String name, Deployment deployment, Order order)
			throws IOException, InterruptedException {
		try (Load load = Load.on(deployment.front(), RATE)) {
			deployment.restartAll(order);
			Thread.sleep(1000);
			Calls calls = load.end();
			this.checks.report(name, calls, calls.failed() == 0, calls.toString());
		}
	}

}
