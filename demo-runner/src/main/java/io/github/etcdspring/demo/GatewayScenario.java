package io.github.etcdspring.demo;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/**
 * Checks the gateway under load: discovery, routes from etcd, a killed provider, and the
 * fallback, with default settings of the starter.
 */
final class GatewayScenario {

	private static final Duration REMOVAL_TIMEOUT = Duration.ofSeconds(11);

	private static final Duration PROPAGATION_TIMEOUT = Duration.ofSeconds(2);

	/** Maximum time to the 503 response for a service without instances. */
	private static final Duration FALLBACK_TIMEOUT = Duration.ofSeconds(5);

	private final DemoProcesses processes;

	private final ProgressLog progress;

	private final CheckReport checks;

	GatewayScenario(DemoProcesses processes, ProgressLog progress) {
		this.processes = processes;
		this.progress = progress;
		this.checks = new CheckReport(progress);
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.processes, this.progress, 2);
		HttpTarget gateway = Objects.requireNonNull(deployment.gateway());
		CallChecks calls = new CallChecks(deployment, this.checks);
		calls.checkDistribution("Requests through the gateway reach both providers");
		calls.checkNewInstance();
		checkRoutes(deployment, gateway);
		checkKill(deployment);
		checkFallback(deployment, gateway);
		return this.checks.passed();
	}

	/**
	 * Add a route, write an invalid one, correct it and delete it, and check each time
	 * that the gateway applies or rejects the change.
	 */
	private void checkRoutes(Deployment deployment, HttpTarget gateway) throws InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(deployment.entryPoint(), SingleNodeScenario.RATE)) {
			StringBuilder figures = new StringBuilder();
			boolean passed = awaitStatus(gateway, figures, "route added", "/hello", 200, "put", GatewayRoutes.KEY,
					GatewayRoutes.to("/hello"));
			this.processes.runEtcdctl("put", GatewayRoutes.KEY, GatewayRoutes.broken("/hi"));
			Thread.sleep(1000);
			passed &= gateway.get("/hello").statusCode() == 200;
			figures.append(", kept while an invalid route is set");
			passed &= awaitStatus(gateway, figures, "changed", "/hi", 200, "put", GatewayRoutes.KEY,
					GatewayRoutes.to("/hi"));
			passed &= gateway.get("/hello").statusCode() == 404;
			passed &= awaitStatus(gateway, figures, "deleted", "/hi", 404, "del", GatewayRoutes.KEY);
			CallResults calls = load.end();
			this.checks.report("Gateway routes follow etcd within 2 s, and an invalid route is rejected", calls,
					passed && calls.failed() == 0, figures + "; " + calls);
		}
	}

	private boolean awaitStatus(HttpTarget gateway, StringBuilder figures, String change, String path, int status,
			String... command) throws InterruptedException {
		this.processes.runEtcdctl(command);
		long written = System.nanoTime();
		Timing.await(() -> gateway.get(path).statusCode() == status, PROPAGATION_TIMEOUT.multipliedBy(3));
		long applied = System.nanoTime() - written;
		figures.append((figures.isEmpty()) ? "" : ", ")
			.append(change)
			.append(" after ")
			.append(Timing.millis(applied))
			.append(" ms");
		return applied <= PROPAGATION_TIMEOUT.toNanos();
	}

	private void checkKill(Deployment deployment) throws InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(deployment.entryPoint(), SingleNodeScenario.RATE)) {
			ApplicationProcess victim = deployment.providers().get(0);
			Thread.sleep(1000);
			this.progress.log("kill -9 " + victim.pid() + " (" + victim.instance() + ")");
			long killed = System.nanoTime();
			deployment.kill(victim);
			Timing.await(() -> !deployment.shop().instances().contains(victim.instance()),
					REMOVAL_TIMEOUT.multipliedBy(2));
			long removed = System.nanoTime();
			Thread.sleep(1000);
			CallResults calls = load.end();
			this.checks.report("Killing a provider with kill -9 fails no request, thanks to retries", calls,
					calls.failed() == 0, calls.toString());
			CallResults after = calls.startedAfter(removed);
			this.checks.report(
					"The killed provider is removed within " + REMOVAL_TIMEOUT.toSeconds() + " s (TTL + 1 s)", calls,
					removed - killed <= REMOVAL_TIMEOUT.toNanos() && after.answeredBy(victim.instance()).count() == 0,
					String.format(Locale.ROOT, "removed after %.1f s; then %s", Timing.seconds(removed - killed),
							after));
		}
	}

	private void checkFallback(Deployment deployment, HttpTarget gateway) throws InterruptedException {
		for (ApplicationProcess provider : deployment.providers()) {
			deployment.kill(provider);
		}
		long start = System.nanoTime();
		HttpResponse<String> response = gateway.get("/greeting/greeting");
		long responded = System.nanoTime() - start;
		this.checks.report(
				"Without providers, the gateway responds with 503 within " + FALLBACK_TIMEOUT.toSeconds() + " s",
				response.statusCode() == 503 && response.body().contains("No response from greeting")
						&& responded <= FALLBACK_TIMEOUT.toNanos(),
				response.statusCode() + " after " + Timing.millis(responded) + " ms, " + response.body());
	}

}
