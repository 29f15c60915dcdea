package io.github.etcdspring.demo;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

import org.jspecify.annotations.Nullable;

/**
 * Command line options of the demo.
 *
 * @param application jar of the sample application
 * @param gateway jar of the gateway, {@code null} to run without one
 * @param mode what to run
 * @param cluster whether to run etcd as a cluster
 * @param grpc whether the application is the sample with gRPC
 * @param restarts number of rolling restarts
 * @param keyboard whether standard input is a terminal
 */
record Options(Path application, @Nullable Path gateway, Mode mode, boolean cluster, boolean grpc, int restarts,
		boolean keyboard) {

	/**
	 * What the demo runs.
	 */
	enum Mode {

		/** Print what to try and report what happens, until Ctrl-C. */
		INTERACTIVE,

		/** Run all checks. */
		CHECK,

		/** Restart all providers repeatedly under load. */
		ROLLING

	}

	static Options parse(String... arguments) {
		Queue<String> rest = new ArrayDeque<>(Arrays.asList(arguments));
		Path application = null;
		Path gateway = null;
		Mode mode = Mode.INTERACTIVE;
		boolean cluster = false;
		boolean grpc = false;
		int restarts = 0;
		boolean keyboard = false;
		for (String option = rest.poll(); option != null; option = rest.poll()) {
			switch (option) {
				case "--application" -> application = Path.of(value(option, rest)).toAbsolutePath();
				case "--check" -> mode = Mode.CHECK;
				case "--cluster" -> cluster = true;
				case "--gateway" -> gateway = Path.of(value(option, rest)).toAbsolutePath();
				case "--grpc" -> grpc = true;
				case "--keyboard" -> keyboard = true;
				case "--rolling" -> {
					mode = Mode.ROLLING;
					restarts = number(option, value(option, rest));
				}
				default -> throw new IllegalArgumentException("Unknown option: " + option);
			}
		}
		return new Options(required("--application", application), gateway, mode, cluster, grpc, restarts, keyboard);
	}

	private static String value(String option, Queue<String> rest) {
		return required(option, rest.poll());
	}

	private static int number(String option, String value) {
		try {
			int number = Integer.parseInt(value);
			if (number > 0) {
				return number;
			}
		}
		catch (NumberFormatException ex) {
			// reported below
		}
		throw new IllegalArgumentException(
				option + " must be followed by a number greater than 0, not by '" + value + "'");
	}

	private static <T> T required(String option, @Nullable T value) {
		if (value == null) {
			throw new IllegalArgumentException(option + " requires a value");
		}
		return value;
	}

}
