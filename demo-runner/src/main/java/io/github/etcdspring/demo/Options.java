package io.github.etcdspring.demo;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

import org.jspecify.annotations.Nullable;

/**
 * What the demo is asked for.
 *
 * @param application jar of the sample application
 * @param gateway jar of the gateway in front of it, {@code null} for none
 * @param mode what to do with it
 * @param cluster whether etcd is to be a cluster rather than one node
 * @param restarts how many times to restart all providers
 * @param keyboard whether somebody sits at a keyboard
 */
record Options(Path application, @Nullable Path gateway, Mode mode, boolean cluster, int restarts, boolean keyboard) {

	/**
	 * What to do.
	 */
	enum Mode {

		/** Say what to try, and wait. */
		INTERACTIVE,

		/** Walk through the promises and check each. */
		CHECK,

		/** Restart all providers again and again under load. */
		ROLLING

	}

	static Options parse(String... arguments) {
		Queue<String> rest = new ArrayDeque<>(Arrays.asList(arguments));
		Path application = null;
		Path gateway = null;
		Mode mode = Mode.INTERACTIVE;
		boolean cluster = false;
		int restarts = 0;
		boolean keyboard = false;
		for (String option = rest.poll(); option != null; option = rest.poll()) {
			switch (option) {
				case "--application" -> application = Path.of(value(option, rest)).toAbsolutePath();
				case "--check" -> mode = Mode.CHECK;
				case "--cluster" -> cluster = true;
				case "--gateway" -> gateway = Path.of(value(option, rest)).toAbsolutePath();
				case "--keyboard" -> keyboard = true;
				case "--rolling" -> {
					mode = Mode.ROLLING;
					restarts = number(option, value(option, rest));
				}
				default -> throw new IllegalArgumentException("There is no option " + option);
			}
		}
		return new Options(required("--application", application), gateway, mode, cluster, restarts, keyboard);
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
			// said below
		}
		throw new IllegalArgumentException(option + " takes a number above 0, not " + value);
	}

	private static <T> T required(String option, @Nullable T value) {
		if (value == null) {
			throw new IllegalArgumentException("A value for " + option + " is missing");
		}
		return value;
	}

}
