package io.github.etcdspring.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.github.etcdspring.demo.Deployment.Order;

/**
 * Restarts all providers again and again under load, and counts what that costs.
 */
final class RollingRestarts {

	private static final int PROVIDERS = 3;

	private final Stage stage;

	private final Progress progress;

	private final int restarts;

	RollingRestarts(Stage stage, Progress progress, int restarts) {
		this.stage = stage;
		this.progress = progress;
		this.restarts = restarts;
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.stage, this.progress, PROVIDERS);
		List<Call> all = new ArrayList<>();
		for (int i = 1; i <= this.restarts; i++) {
			Order order = (i % 2 != 0) ? Order.START_FIRST : Order.STOP_FIRST;
			try (Load load = Load.on(deployment.front(), Scenario.RATE)) {
				deployment.restartAll(order);
				Thread.sleep(1000);
				Calls calls = load.end();
				all.addAll(calls.all());
				this.progress.print("  " + i + " of " + this.restarts + ", "
						+ ((order == Order.START_FIRST) ? "replacements started first" : "stopped first") + ": "
						+ calls);
				calls.reasons().forEach((reason) -> this.progress.print("          " + reason));
			}
		}
		Calls total = new Calls(all);
		this.progress.say(this.restarts + " restarts of all " + PROVIDERS + " providers: " + total);
		return total.failed() == 0;
	}

}
