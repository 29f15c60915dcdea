package io.github.etcdspring.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.github.etcdspring.demo.Deployment.Order;

/**
 * Restarts all providers repeatedly under load and counts failed requests.
 */
final class RollingRestarts {

	private static final int PROVIDERS = 3;

	private final DemoProcesses processes;

	private final ProgressLog progress;

	private final int restarts;

	RollingRestarts(DemoProcesses processes, ProgressLog progress, int restarts) {
		this.processes = processes;
		this.progress = progress;
		this.restarts = restarts;
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.processes, this.progress, PROVIDERS);
		List<CallResult> all = new ArrayList<>();
		for (int i = 1; i <= this.restarts; i++) {
			Order order = (i % 2 != 0) ? Order.START_FIRST : Order.STOP_FIRST;
			try (LoadGenerator load = LoadGenerator.start(deployment.entryPoint(), SingleNodeScenario.RATE)) {
				deployment.restartAll(order);
				Thread.sleep(1000);
				CallResults calls = load.end();
				all.addAll(calls.all());
				this.progress.print("  Rolling restart " + i + " of " + this.restarts + ", "
						+ ((order == Order.START_FIRST) ? "start new, then stop old" : "stop old, then start new")
						+ ": " + calls);
				calls.reasons().forEach((reason) -> this.progress.print("          " + reason));
			}
		}
		CallResults total = new CallResults(all);
		this.progress.log(this.restarts + " rolling restarts of " + PROVIDERS + " providers: " + total);
		return total.failed() == 0;
	}

}
