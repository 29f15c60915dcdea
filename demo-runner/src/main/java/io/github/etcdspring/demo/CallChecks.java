package io.github.etcdspring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.github.etcdspring.demo.Application.Registered;

/**
 * What has to hold for calls under load, whatever they go through.
 */
final class CallChecks {

	private static final Duration USED_LIMIT = Duration.ofSeconds(1);

	private final Deployment deployment;

	private final Checks checks;

	CallChecks(Deployment deployment, Checks checks) {
		this.deployment = deployment;
		this.checks = checks;
	}

	void spread(String name) throws InterruptedException {
		try (Load load = Load.on(this.deployment.front(), Scenario.RATE)) {
			Thread.sleep(2000);
			Calls calls = load.end();
			List<Integer> shares = this.deployment.providers()
				.stream()
				.map((provider) -> calls.answeredBy(provider.instance()).count())
				.toList();
			boolean even = shares.stream().allMatch((share) -> share > 0.4 * calls.count());
			this.checks.report(name, calls, calls.failed() == 0 && even, "answered by each: " + shares + "; " + calls);
		}
	}

	void newcomer() throws IOException, InterruptedException {
		try (Load load = Load.on(this.deployment.front(), Scenario.RATE)) {
			Registered newcomer = this.deployment.add().awaitRegistered();
			Thread.sleep(2000);
			Calls calls = load.end();
			newcomer("A third provider is used at once", newcomer, calls, calls.failed() == 0);
		}
	}

	/**
	 * Check that an instance was used as soon as it was registered.
	 * @param name name of the check
	 * @param newcomer the instance
	 * @param calls the calls since before that
	 * @param kept whether all else is as it has to be
	 */
	void newcomer(String name, Registered newcomer, Calls calls, boolean kept) {
		Optional<Call> first = calls.answeredBy(newcomer.instance()).first();
		boolean atOnce = first.isPresent() && first.get().start() - newcomer.at() <= USED_LIMIT.toNanos();
		this.checks.report(name, calls, kept && atOnce, first
			.map((call) -> "first call to it " + millisAfter(newcomer.at(), call.start())
					+ " ms after it was registered, answered after " + millisAfter(newcomer.at(), call.end()) + " ms")
			.orElse("no call to it") + "; " + calls);
	}

	private static long millisAfter(long time, long later) {
		return Math.max(0, Clock.millis(later - time));
	}

}
