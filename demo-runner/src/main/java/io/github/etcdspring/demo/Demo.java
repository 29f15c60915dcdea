package io.github.etcdspring.demo;

import java.io.IOException;

/**
 * Starts etcd, two providers and a consumer, each in a process of its own, and shows or
 * checks how the starter keeps them together.
 */
public final class Demo {

	private Demo() {
	}

	public static void main(String[] arguments) {
		// Ends the threads of the HTTP client and of the keyboard, too.
		System.exit(run(arguments));
	}

	private static int run(String[] arguments) {
		Options options;
		try {
			options = Options.parse(arguments);
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			return 2;
		}
		ProgressLog progress = new ProgressLog(System.out);
		try (DemoProcesses processes = DemoProcesses.start(options, progress)) {
			return runMode(options, processes, progress);
		}
		catch (IOException | RuntimeException ex) {
			progress.log("The demo cannot start: " + ex.getMessage());
			return 1;
		}
	}

	private static int runMode(Options options, DemoProcesses processes, ProgressLog progress) {
		try {
			boolean passed = switch (options.mode()) {
				case INTERACTIVE -> new InteractiveDemo(processes, progress, options.keyboard()).run();
				case CHECK -> check(options, processes, progress);
				case ROLLING -> new RollingRestarts(processes, progress, options.restarts()).run();
			};
			if (!passed) {
				processes.keepLogs();
			}
			return (passed) ? 0 : 1;
		}
		catch (IOException | RuntimeException ex) {
			awaitCtrlC();
			progress.log("The demo has failed: " + ex.getMessage());
			processes.keepLogs();
			return 1;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return 1;
		}
	}

	/** Calls go through the gateway if there is one. */
	private static boolean check(Options options, DemoProcesses processes, ProgressLog progress)
			throws IOException, InterruptedException {
		if (options.cluster()) {
			return new ClusterScenario(processes, progress).run();
		}
		if (options.gateway() != null) {
			return new GatewayScenario(processes, progress).run();
		}
		return new SingleNodeScenario(processes, progress).run();
	}

	/**
	 * Ctrl-C may end the other processes a moment before this one learns of it, and is no
	 * failure.
	 */
	private static void awaitCtrlC() {
		try {
			Thread.sleep(500);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
