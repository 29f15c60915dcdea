package io.github.etcdspring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;

import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigProposal;
import io.github.etcdspring.operations.ConfigProposal.Consent;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.operations.ProposalOutcome;
import io.github.etcdspring.rollout.ConfigRollout;
import io.github.etcdspring.rollout.EtcdRolloutOperations;
import io.github.etcdspring.rollout.RolloutOutcome.State;
import io.github.etcdspring.rollout.RolloutPlan;
import io.github.etcdspring.rollout.RolloutTarget;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Checks a change from the proposal to its withdrawal, under load, with providers of two
 * versions: ask, reject, correct, roll out, stop, roll out, write, restore.
 */
final class RolloutCheck {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static final String MESSAGE = "/config/greeting/greeting/message";

	private static final String WORK = "/config/greeting/greeting/work";

	private final DemoProcesses processes;

	private final Deployment deployment;

	private final CheckReport checks;

	RolloutCheck(DemoProcesses processes, Deployment deployment, CheckReport checks) {
		this.processes = processes;
		this.deployment = deployment;
		this.checks = checks;
	}

	void run() throws IOException, InterruptedException {
		ApplicationProcess strict = this.deployment.awaitDiscovered(
				this.processes.startProvider("--spring.cloud.etcd.discovery.version=2.0", "--greeting.max-work=1s"));
		try (ConfigurableApplicationContext author = author();
				LoadGenerator load = LoadGenerator.start(this.deployment.entryPoint(), SingleNodeScenario.RATE)) {
			Walk walk = new Walk(author.getBean(EtcdConfigOperations.class),
					author.getBean(EtcdRolloutOperations.class));
			long begin = System.nanoTime();
			String failed = walk.run();
			long end = System.nanoTime();
			CallResults calls = load.end();
			this.checks.report("A change is asked, rejected, corrected, rolled out, stopped, written and restored",
					calls, failed.isEmpty() && calls.failed() == 0,
					((failed.isEmpty()) ? "all steps took " + Timing.millis(end - begin) + " ms"
							: "failed to " + failed) + "; " + calls);
		}
		this.deployment.stop(strict);
	}

	private ConfigurableApplicationContext author() {
		return new SpringApplicationBuilder(Author.class).web(WebApplicationType.NONE)
			.run("--spring.cloud.etcd.endpoints=" + this.processes.endpoints(),
					"--spring.cloud.etcd.discovery.enabled=false", "--spring.main.banner-mode=off",
					"--logging.level.root=off", "--spring.main.register-shutdown-hook=false");
	}

	/**
	 * Writes the configuration.
	 */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Author {

	}

	/**
	 * The steps.
	 */
	private final class Walk {

		private final EtcdConfigOperations operations;

		private final EtcdRolloutOperations rollouts;

		Walk(EtcdConfigOperations operations, EtcdRolloutOperations rollouts) {
			this.operations = operations;
			this.rollouts = rollouts;
		}

		/**
		 * Run all steps.
		 * @return the step that failed, empty if none did
		 */
		String run() throws InterruptedException {
			ProposalOutcome slow = ask("Good day", "2s");
			if (slow.isWritten() || slow.accepted().size() != RolloutCheck.this.deployment.providers().size() - 1
					|| slow.rejected().size() != 1 || !"2.0".equals(slow.rejected().get(0).version())
					|| !answers(Set.of("Hello"))) {
				return "reject the proposal";
			}
			long before = this.operations.save(MESSAGE, "Hello").revision();
			if (!ask("Good afternoon", "3ms").isWritten() || !answers(Set.of("Good afternoon"))) {
				return "write the corrected proposal";
			}
			ConfigRollout first = start(Duration.ofMinutes(10));
			if (!answers(Set.of("Good afternoon", "Good night"))) {
				return "apply the changes on one instance first";
			}
			if (first.stop("not yet").state() != State.STOPPED || !answers(Set.of("Good afternoon"))) {
				return "stop the rollout";
			}
			ConfigRollout second = start(Duration.ofSeconds(1));
			if (second.await(TIMEOUT).state() != State.WRITTEN || !answers(Set.of("Good night"))) {
				return "write the changes after the rollout";
			}
			if (!this.operations.restoreAll("/config/greeting/", before).await(TIMEOUT).isAppliedByAll()
					|| !answers(Set.of("Hello"))) {
				return "restore the configuration";
			}
			this.operations.delete(MESSAGE);
			return "";
		}

		private ProposalOutcome ask(String message, String work) {
			try (ConfigProposal proposal = this.operations.propose("demo", "another greeting",
					ConfigChange.put(MESSAGE, message), ConfigChange.put(WORK, work))) {
				return proposal.write(Consent.ALL, TIMEOUT);
			}
		}

		private ConfigRollout start(Duration watch) {
			return this.rollouts
				.start(RolloutPlan.of("demo", "another greeting", ConfigChange.put(MESSAGE, "Good night"))
					.step(RolloutTarget.version("2.0"), watch)
					.step(RolloutTarget.share(100), watch));
		}

		/** Whether these are soon the messages of all providers. */
		private boolean answers(Set<String> expected) throws InterruptedException {
			int calls = 10 * RolloutCheck.this.deployment.providers().size();
			return Timing.await(() -> RolloutCheck.this.deployment.shop().messages(calls).equals(expected), TIMEOUT);
		}

	}

}
