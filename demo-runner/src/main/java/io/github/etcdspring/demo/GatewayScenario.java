package io.github.etcdspring.demo;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/**
 * Walks through what the gateway makes of etcd: services, routes, and the end of
 * providers, with default settings of the starter and under load.
 */
final class GatewayScenario {

	private static final Duration GONE_LIMIT = Duration.ofSeconds(11);

	private static final Duration FOLLOWED_LIMIT = Duration.ofSeconds(2);

	/** Whoever calls a service that nobody answers for learns so before long. */
	private static final Duration ANSWERED_LIMIT = Duration.ofSeconds(5);

	private final Stage stage;

	private final Progress progress;

	private final Checks checks;

	GatewayScenario(Stage stage, Progress progress) {
		this.stage = stage;
		this.progress = progress;
		this.checks = new Checks(progress);
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.stage, this.progress, 2);
		Site gateway = Objects.requireNonNull(deployment.gateway());
		CallChecks calls = new CallChecks(deployment, this.checks);
		calls.spread("Calls through the gateway reach both providers");
		calls.newcomer();
		checkRoutes(deployment, gateway);
		checkKill(deployment);
		checkFallback(deployment, gateway);
		return this.checks.passed();
	}

	/**
	 * Add a route, write a bad one, mend it and delete it, and look each time at what the
	 * gateway makes of it.
	 */
	private void checkRoutes(Deployment deployment, Site gateway) throws InterruptedException {
		try (Load load = Load.on(deployment.front(), Scenario.RATE)) {
			StringBuilder figures = new StringBuilder();
			boolean kept = answers(gateway, figures, "added", "/hello", 200, "put", Routes.KEY, Routes.to("/hello"));
			this.stage.writeToEtcd("put", Routes.KEY, Routes.broken("/hi"));
			Thread.sleep(1000);
			kept &= gateway.get("/hello").statusCode() == 200;
			figures.append(", kept while a route cannot be made");
			kept &= answers(gateway, figures, "changed", "/hi", 200, "put", Routes.KEY, Routes.to("/hi"));
			kept &= gateway.get("/hello").statusCode() == 404;
			kept &= answers(gateway, figures, "deleted", "/hi", 404, "del", Routes.KEY);
			Calls calls = load.end();
			this.checks.report("Routes follow what etcd holds", calls, kept && calls.failed() == 0,
					figures + "; " + calls);
		}
	}

	private boolean answers(Site gateway, StringBuilder figures, String change, String path, int status,
			String... command) throws InterruptedException {
		this.stage.writeToEtcd(command);
		long written = System.nanoTime();
		Clock.await(() -> gateway.get(path).statusCode() == status, FOLLOWED_LIMIT.multipliedBy(3));
		long followed = System.nanoTime() - written;
		figures.append((figures.isEmpty()) ? "" : ", ")
			.append(change)
			.append(" within ")
			.append(Clock.millis(followed))
			.append(" ms");
		return followed <= FOLLOWED_LIMIT.toNanos();
	}

	private void checkKill(Deployment deployment) throws InterruptedException {
		try (Load load = Load.on(deployment.front(), Scenario.RATE)) {
			Application victim = deployment.providers().get(0);
			Thread.sleep(1000);
			this.progress.say("kill -9 " + victim.pid() + ", which is " + victim.instance());
			long killed = System.nanoTime();
			deployment.kill(victim);
			Clock.await(() -> !deployment.shop().instances().contains(victim.instance()), GONE_LIMIT.multipliedBy(2));
			long gone = System.nanoTime();
			Thread.sleep(1000);
			Calls calls = load.end();
			this.checks.report("A provider killed by kill -9 costs no call, thanks to retries", calls,
					calls.failed() == 0, calls.toString());
			Calls after = calls.startedAfter(gone);
			this.checks.report("It is gone within " + GONE_LIMIT.toSeconds() + " s", calls,
					gone - killed <= GONE_LIMIT.toNanos() && after.answeredBy(victim.instance()).count() == 0,
					String.format(Locale.ROOT, "after %.1f s; then %s", Clock.seconds(gone - killed), after));
		}
	}

	private void checkFallback(Deployment deployment, Site gateway) throws InterruptedException {
		for (Application provider : deployment.providers()) {
			deployment.kill(provider);
		}
		long start = System.nanoTime();
		HttpResponse<String> response = gateway.get("/greeting/greeting");
		long answered = System.nanoTime() - start;
		this.checks.report("Where no provider is left, the gateway says so",
				response.statusCode() == 503 && response.body().contains("No answer from greeting")
						&& answered <= ANSWERED_LIMIT.toNanos(),
				response.statusCode() + " after " + Clock.millis(answered) + " ms, " + response.body());
	}

}
