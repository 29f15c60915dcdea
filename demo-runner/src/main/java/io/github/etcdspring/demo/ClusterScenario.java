package io.github.etcdspring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

import io.github.etcdspring.demo.ApplicationProcess.Registration;
import io.github.etcdspring.testsupport.EtcdServer;

/**
 * Kills and restarts the etcd leader, and checks under load and with default settings
 * that no request fails and configuration changes are still applied.
 */
final class ClusterScenario {

	private static final Duration TTL = Duration.ofSeconds(10);

	/** Includes the election of a new leader. */
	private static final Duration PROPAGATION_TIMEOUT = TTL;

	private static final String MESSAGE = "/config/greeting/greeting/message";

	private final DemoProcesses processes;

	private final ProgressLog progress;

	private final CheckReport checks;

	ClusterScenario(DemoProcesses processes, ProgressLog progress) {
		this.processes = processes;
		this.progress = progress;
		this.checks = new CheckReport(progress);
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.processes, this.progress, 2);
		EtcdServer killed = checkKill(deployment);
		checkNodeRestart(deployment, killed);
		return this.checks.passed();
	}

	/**
	 * Keep the leader down for longer than the TTL of the leases.
	 */
	private EtcdServer checkKill(Deployment deployment) throws IOException, InterruptedException {
		EtcdServer leader = this.processes.etcd().leader();
		try (LoadGenerator load = LoadGenerator.start(deployment.entryPoint(), SingleNodeScenario.RATE);
				InstanceMonitor monitor = InstanceMonitor.start(deployment.shop())) {
			Thread.sleep(1000);
			this.progress.log("kill -9 " + leader.pid() + " (etcd leader " + leader.name() + ")");
			long killed = System.nanoTime();
			leader.kill();
			ApplicationProcess starting = this.processes.startProvider();
			EtcdServer successor = this.processes.etcd().leader();
			long elected = System.nanoTime();
			this.processes.runEtcdctl("put", MESSAGE, "Good morning");
			boolean applied = awaitMessage(deployment, "Good morning", PROPAGATION_TIMEOUT);
			long said = System.nanoTime();
			Registration newInstance = deployment.awaitDiscovered(starting).awaitRegistered();
			Timing.await(() -> System.nanoTime() - killed > TTL.plusSeconds(2).toNanos(), TTL.multipliedBy(2));
			// the share of the new instance begins at none
			Thread.sleep(2000);
			CallResults calls = load.end();
			monitor.stop();
			this.checks.report("Killing the etcd leader with kill -9 fails no request", calls, calls.failed() == 0,
					String.format(Locale.ROOT, "new leader %s after %.1f s; %s", successor.name(),
							Timing.seconds(elected - killed), calls));
			this.checks.report("No instance disappears from the shop's catalog during the failover", calls,
					monitor.isComplete(), monitor.toString());
			this.checks.report("A configuration change written to the new leader is applied", calls, applied,
					String.format(Locale.ROOT, "%.1f s after the kill", Timing.seconds(said - killed)));
			new CallChecks(deployment, this.checks).checkNewInstance(
					"A provider started during the failover receives requests within 1 s of its registration",
					newInstance, calls, true);
		}
		return leader;
	}

	private void checkNodeRestart(Deployment deployment, EtcdServer node) throws InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(deployment.entryPoint(), SingleNodeScenario.RATE);
				InstanceMonitor monitor = InstanceMonitor.start(deployment.shop())) {
			node.restart();
			this.progress.log(node.name() + " restarted (process " + node.pid() + ")");
			this.processes.runEtcdctl("del", MESSAGE);
			boolean applied = awaitMessage(deployment, "Hello", PROPAGATION_TIMEOUT);
			Thread.sleep(2000);
			CallResults calls = load.end();
			monitor.stop();
			this.checks.report("Restarting the killed etcd node fails no request and removes no instance", calls,
					node.isServing() && applied && calls.failed() == 0 && monitor.isComplete(), calls + "; " + monitor);
		}
	}

	private static boolean awaitMessage(Deployment deployment, String message, Duration limit)
			throws InterruptedException {
		int calls = 3 * deployment.providers().size();
		return Timing.await(() -> deployment.shop().messages(calls).equals(Set.of(message)), limit);
	}

}
