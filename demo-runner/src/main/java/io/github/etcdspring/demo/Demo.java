package io.github.etcdspring.demo;

import java.io.IOException;

/**
 * Starts etcd, a consumer and its providers as separate processes, then runs the
 * interactive demo, the checks, or rolling restarts.
 */
public final class Demo {

	private Demo() {
	}

	public static void main(String[] arguments) {
		// The threads of the HTTP client and of the keyboard would keep the JVM alive.
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
			progress.log("The demo failed to start: " + ex.getMessage());
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
			progress.log("The demo failed: " + ex.getMessage());
			processes.keepLogs();
			return 1;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return 1;
		}
	}

	/**
	 * The sample with gRPC only supports its own checks. A cluster takes precedence over
	 * the gateway: its scenario sends requests through the gateway, too.
	 */
	private static boolean check(Options options, DemoProcesses processes, ProgressLog progress)
			throws IOException, InterruptedException {
		if (options.grpc()) {
			return new GrpcScenario(processes, progress).run();
		}
		if (options.cluster()) {
			return new ClusterScenario(processes, progress).run();
		}
		if (options.gateway() != null) {
			return new GatewayScenario(processes, progress).run();
		}
		return new SingleNodeScenario(processes, progress).run();
	}

	/**
	 * Wait for the shutdown hook. Ctrl-C reaches the child processes first, and their end
	 * must not be reported as a failure.
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
