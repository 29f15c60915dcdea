package io.github.etcdspring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

import io.github.etcdspring.demo.Application.Registered;
import io.github.etcdspring.testsupport.EtcdServer;

/**
 * Kills the leader of etcd, lets it come back, and checks that the applications notice
 * neither: with default settings and under load.
 */
final class ClusterScenario {

	private static final Duration TTL = Duration.ofSeconds(10);

	/** A new leader has to be elected first. */
	private static final Duration FOLLOWED_LIMIT = TTL;

	private static final String MESSAGE = "/config/greeting/greeting/message";

	private final Stage stage;

	private final Progress progress;

	private final Checks checks;

	ClusterScenario(Stage stage, Progress progress) {
		this.stage = stage;
		this.progress = progress;
		this.checks = new Checks(progress);
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.stage, this.progress, 2);
		EtcdServer killed = checkKill(deployment);
		checkReturn(deployment, killed);
		return this.checks.passed();
	}

	/**
	 * For longer than the time to live of a lease that nobody renews.
	 */
	private EtcdServer checkKill(Deployment deployment) throws IOException, InterruptedException {
		EtcdServer leader = this.stage.etcd().leader();
		try (Load load = Load.on(deployment.front(), Scenario.RATE);
				Attendance attendance = Attendance.of(deployment.shop())) {
			Thread.sleep(1000);
			this.progress.say("kill -9 " + leader.pid() + ", which is " + leader.name() + ", the leader of etcd");
			long killed = System.nanoTime();
			leader.kill();
			Application starting = this.stage.startProvider();
			EtcdServer successor = this.stage.etcd().leader();
			long elected = System.nanoTime();
			this.stage.writeToEtcd("put", MESSAGE, "Good morning");
			boolean followed = says(deployment, "Good morning", FOLLOWED_LIMIT);
			long said = System.nanoTime();
			Registered newcomer = deployment.join(starting).awaitRegistered();
			Clock.await(() -> System.nanoTime() - killed > TTL.plusSeconds(2).toNanos(), TTL.multipliedBy(2));
			Calls calls = load.end();
			attendance.end();
			this.checks.report("The leader of etcd is killed by kill -9, and no call fails", calls, calls.failed() == 0,
					String.format(Locale.ROOT, "%s leads after %.1f s; %s", successor.name(),
							Clock.seconds(elected - killed), calls));
			this.checks.report("No instance leaves the catalog of the shop", calls, attendance.complete(),
					attendance.toString());
			this.checks.report("Configuration written through the new leader arrives", calls, followed,
					String.format(Locale.ROOT, "%.1f s after the kill", Clock.seconds(said - killed)));
			new CallChecks(deployment, this.checks).newcomer("A provider started without the old leader is used",
					newcomer, calls, true);
		}
		return leader;
	}

	private void checkReturn(Deployment deployment, EtcdServer node) throws InterruptedException {
		try (Load load = Load.on(deployment.front(), Scenario.RATE);
				Attendance attendance = Attendance.of(deployment.shop())) {
			node.restart();
			this.progress.say(node.name() + " is back (process " + node.pid() + ")");
			this.stage.writeToEtcd("del", MESSAGE);
			boolean followed = says(deployment, "Hello", FOLLOWED_LIMIT);
			Thread.sleep(2000);
			Calls calls = load.end();
			attendance.end();
			this.checks.report("It comes back, and nobody notices", calls,
					node.isServing() && followed && calls.failed() == 0 && attendance.complete(),
					calls + "; instances " + attendance);
		}
	}

	private static boolean says(Deployment deployment, String message, Duration limit) throws InterruptedException {
		int calls = 3 * deployment.providers().size();
		return Clock.await(() -> deployment.shop().messages(calls).equals(Set.of(message)), limit);
	}

}
