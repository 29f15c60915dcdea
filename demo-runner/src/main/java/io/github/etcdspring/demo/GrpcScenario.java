package io.github.etcdspring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

import io.github.etcdspring.demo.Deployment.Order;

/**
 * Checks calls by gRPC under load: discovery, a killed provider and rolling restarts,
 * with default settings of the starter. Each request to the shop calls the service
 * {@code greeting}, which calls the shop back.
 */
final class GrpcScenario {

	private static final Duration REMOVAL_TIMEOUT = Duration.ofSeconds(11);

	/** Includes the time until a busy machine has noticed the closed connection. */
	private static final Duration DETECTION_TIMEOUT = Duration.ofSeconds(1);

	/** Calls to one of two providers within a quarter of a second. */
	private static final int MAX_ON_THE_WIRE = SingleNodeScenario.RATE / 2 / 4;

	private final DemoProcesses processes;

	private final ProgressLog progress;

	private final CheckReport checks;

	GrpcScenario(DemoProcesses processes, ProgressLog progress) {
		this.processes = processes;
		this.progress = progress;
		this.checks = new CheckReport(progress);
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.processes, this.progress, 2);
		CallChecks calls = new CallChecks(deployment, this.checks);
		calls.checkDistribution("gRPC calls by service name reach both providers");
		calls.checkNewInstance();
		deployment.stop(deployment.providers().get(0));
		checkKill(deployment);
		deployment.addProvider();
		calls.checkRestart("A rolling restart (start new, then stop old) fails no gRPC call", Order.START_FIRST);
		calls.checkRestart("A rolling restart (stop old, then start new) fails no gRPC call", Order.STOP_FIRST);
		return this.checks.passed();
	}

	/**
	 * Kill one of two providers. Its key stays until the TTL is over, but it must not be
	 * called without a connection.
	 */
	private void checkKill(Deployment deployment) throws InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(deployment.entryPoint(), SingleNodeScenario.RATE)) {
			ApplicationProcess victim = deployment.providers().get(0);
			Thread.sleep(1000);
			CallResults beforeKill = load.take();
			this.progress.log("kill -9 " + victim.pid() + " (" + victim.instance() + ")");
			deployment.kill(victim);
			long killed = System.nanoTime();
			Timing.await(() -> !deployment.shop().instances().contains(victim.instance()),
					REMOVAL_TIMEOUT.multipliedBy(2));
			long removed = System.nanoTime();
			Thread.sleep(1000);
			CallResults calls = load.end();
			CallResults onTheWire = calls.startedBefore(killed + DETECTION_TIMEOUT.toNanos());
			CallResults later = calls.startedAfter(killed + DETECTION_TIMEOUT.toNanos());
			this.checks.report("One of two providers killed with kill -9 fails only the gRPC calls on the wire", calls,
					beforeKill.failed() == 0 && onTheWire.failed() <= MAX_ON_THE_WIRE && later.failed() == 0,
					String.format(Locale.ROOT,
							"%d calls on the wire failed; then %d of %d failed, also while the instance was still in etcd"
									+ " (removed after %.1f s; %.0f/s)",
							onTheWire.failed(), later.failed(), later.count(), Timing.seconds(removed - killed),
							calls.rate()));
		}
	}

}
