package io.github.etcdspring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.github.etcdspring.demo.ApplicationProcess.Registration;
import io.github.etcdspring.demo.Deployment.Order;

/**
 * Checks of requests under load, used by several scenarios.
 */
final class CallChecks {

	private static final String CHECK_NEW_INSTANCE = "A new provider receives requests within 1 s of its registration";

	private static final Duration FIRST_REQUEST_TIMEOUT = Duration.ofSeconds(1);

	/** Longest time until all processes have loaded the classes of a request. */
	private static final Duration WARM_UP_TIMEOUT = Duration.ofSeconds(30);

	private final Deployment deployment;

	private final CheckReport checks;

	CallChecks(Deployment deployment, CheckReport checks) {
		this.deployment = deployment;
		this.checks = checks;
	}

	void checkDistribution(String name) throws InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(this.deployment.entryPoint(), SingleNodeScenario.RATE)) {
			CallResults warmUp = warmUp(load);
			Thread.sleep(2000);
			CallResults calls = load.end();
			List<Integer> shares = this.deployment.providers()
				.stream()
				.map((provider) -> calls.answeredBy(provider.instance()).count())
				.toList();
			boolean even = shares.stream().allMatch((share) -> share > 0.4 * calls.count());
			this.checks.report(name, calls, warmUp.failed() + calls.failed() == 0 && even, "requests per provider: "
					+ shares + "; " + calls + "; warm-up: " + warmUp.failed() + " of " + warmUp.count() + " failed");
		}
	}

	/**
	 * Send requests until they leave at the rate of the load. The first requests of a
	 * process are slow, and on a busy machine so is this one.
	 * @param load the requests
	 * @return the requests of the warm-up
	 */
	private CallResults warmUp(LoadGenerator load) throws InterruptedException {
		List<CallResult> calls = new ArrayList<>();
		long end = System.nanoTime() + WARM_UP_TIMEOUT.toNanos();
		CallResults latest;
		do {
			Thread.sleep(1000);
			latest = load.take();
			calls.addAll(latest.all());
		}
		while (!CheckReport.isFast(latest) && System.nanoTime() - end < 0);
		return new CallResults(calls);
	}

	void checkNewInstance() throws IOException, InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(this.deployment.entryPoint(), SingleNodeScenario.RATE)) {
			Registration newInstance = this.deployment.addProvider().awaitRegistered();
			Thread.sleep(2000);
			CallResults calls = load.end();
			checkNewInstance(CHECK_NEW_INSTANCE, newInstance, calls, calls.failed() == 0);
		}
	}

	/**
	 * Check that an instance receives requests within a second of its registration.
	 * @param name name of the check
	 * @param newInstance the instance
	 * @param calls the requests since before the registration
	 * @param passed whether the other conditions of the check are met
	 */
	void checkNewInstance(String name, Registration newInstance, CallResults calls, boolean passed) {
		Optional<CallResult> first = calls.answeredBy(newInstance.instance()).first();
		boolean atOnce = first.isPresent() && first.get().start() - newInstance.at() <= FIRST_REQUEST_TIMEOUT.toNanos();
		this.checks.report(name, calls, passed && atOnce,
				first.map((call) -> "first request sent " + millisAfter(newInstance.at(), call.start())
						+ " ms after registration, response after " + millisAfter(newInstance.at(), call.end()) + " ms")
					.orElse("no request received") + "; " + calls);
	}

	void checkRestart(String name, Order order) throws IOException, InterruptedException {
		try (LoadGenerator load = LoadGenerator.start(this.deployment.entryPoint(), SingleNodeScenario.RATE)) {
			this.deployment.restartAll(order);
			Thread.sleep(1000);
			CallResults calls = load.end();
			this.checks.report(name, calls, calls.failed() == 0, calls.toString());
		}
	}

	private static long millisAfter(long time, long later) {
		return Math.max(0, Timing.millis(later - time));
	}

}
