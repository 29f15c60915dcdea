package io.github.etcdspring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.github.etcdspring.demo.ApplicationProcess.Registration;

/**
 * What has to hold for calls under load, whatever they go through.
 */
final class CallChecks {

	private static final Duration FIRST_REQUEST_TIMEOUT = Duration.ofSeconds(1);

	private final Deployment deployment;

	private final CheckReport checks;

	CallChecks(Deployment deployment, CheckReport checks) {
		this.deployment = deployment;
		this.checks = checks;
	}

	void checkDistribution(String name) throws InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(this.deployment.entryPoint(), SingleNodeScenario.RATE)) {
			Thread.sleep(2000);
			CallResults calls = load.end();
			List<Integer> shares = this.deployment.providers()
				.stream()
				.map((provider) -> calls.answeredBy(provider.instance()).count())
				.toList();
			boolean even = shares.stream().allMatch((share) -> share > 0.4 * calls.count());
			this.checks.report(name, calls, calls.failed() == 0 && even, "answered by each: " + shares + "; " + calls);
		}
	}

	void checkNewInstance() throws IOException, InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(this.deployment.entryPoint(), SingleNodeScenario.RATE)) {
			Registration newInstance = this.deployment.addProvider().awaitRegistered();
			Thread.sleep(2000);
			CallResults calls = load.end();
			checkNewInstance("A third provider is used at once", newInstance, calls, calls.failed() == 0);
		}
	}

	/**
	 * Check that an instance was used as soon as it was registered.
	 * @param name name of the check
	 * @param newInstance the instance
	 * @param calls the calls since before that
	 * @param passed whether all else is as it has to be
	 */
	void checkNewInstance(String name, Registration newInstance, CallResults calls, boolean passed) {
		Optional<CallResult> first = calls.answeredBy(newInstance.instance()).first();
		boolean atOnce = first.isPresent() && first.get().start() - newInstance.at() <= FIRST_REQUEST_TIMEOUT.toNanos();
		this.checks.report(name, calls, passed && atOnce, first
			.map((call) -> "first call to it " + millisAfter(newInstance.at(), call.start())
					+ " ms after it was registered, answered after " + millisAfter(newInstance.at(), call.end()) + " ms")
			.orElse("no call to it") + "; " + calls);
	}

	private static long millisAfter(long time, long later) {
		return Math.max(0, Timing.millis(later - time));
	}

}
