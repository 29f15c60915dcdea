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
		Progress progress = new Progress(System.out);
		try (Stage stage = Stage.open(options, progress)) {
			return play(options, stage, progress);
		}
		catch (IOException | RuntimeException ex) {
			progress.say("The demo cannot start: " + ex.getMessage());
			return 1;
		}
	}

	private static int play(Options options, Stage stage, Progress progress) {
		try {
			boolean kept = switch (options.mode()) {
				case SHOW -> new Playground(stage, progress, options.keyboard()).run();
				case CHECK -> check(options, stage, progress);
				case ROLLING -> new RollingRestarts(stage, progress, options.restarts()).run();
			};
			if (!kept) {
				stage.keepLogs();
			}
			return (kept) ? 0 : 1;
		}
		catch (IOException | RuntimeException ex) {
			awaitCtrlC();
			progress.say("The demo has failed: " + ex.getMessage());
			stage.keepLogs();
			return 1;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return 1;
		}
	}

	/** Calls go through the gateway if there is one. */
	private static boolean check(Options options, Stage stage, Progress progress)
			throws IOException, InterruptedException {
		if (options.cluster()) {
			return new ClusterScenario(stage, progress).run();
		}
		if (options.gateway() != null) {
			return new GatewayScenario(stage, progress).run();
		}
		return new Scenario(stage, progress).run();
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
