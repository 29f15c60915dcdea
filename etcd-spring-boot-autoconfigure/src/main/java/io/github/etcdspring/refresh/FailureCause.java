package io.github.etcdspring.refresh;

import java.util.Objects;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Describes the cause of a failure by type and location. Its message is left out, as it
 * may contain the value of a property.
 */
final class FailureCause {

	private static final int MAX_CHAIN_LENGTH = 100;

	private FailureCause() {
	}

	/**
	 * Rethrow an {@link OutOfMemoryError}, which no configuration is to blame for.
	 * @param failure the failure
	 */
	static void rethrowOutOfMemory(Throwable failure) {
		if (root(failure) instanceof OutOfMemoryError error) {
			throw error;
		}
	}

	/**
	 * Return the type of the root cause.
	 * @param failure the failure
	 * @return the class name
	 */
	static String type(Throwable failure) {
		return root(failure).getClass().getName();
	}

	/**
	 * Return the type of the root cause and where it was thrown.
	 * @param failure the failure
	 * @return the class name and the first line of the stack trace
	 */
	static String location(Throwable failure) {
		Throwable root = root(failure);
		StackTraceElement[] trace = root.getStackTrace();
		return root.getClass().getName() + ((trace.length > 0) ? " at " + trace[0] : "");
	}

	/**
	 * Return the root cause of a failure.
	 * @param failure the failure
	 * @return the last of its causes, the failure itself if it has none
	 */
	static Throwable root(Throwable failure) {
		return causes(failure).reduce(failure, (outer, cause) -> cause);
	}

	/**
	 * Find an exception among a failure and its causes.
	 * @param <E> the type of the exception
	 * @param type the type of the exception
	 * @param failure the failure
	 * @return the exception, {@code null} if there is none
	 */
	static <E extends Throwable> @Nullable E find(Class<E> type, Throwable failure) {
		return causes(failure).filter(type::isInstance).map(type::cast).findFirst().orElse(null);
	}

	/**
	 * Return a failure and its causes, which may be circular.
	 * @param failure the failure
	 * @return the failure, its cause, and so on
	 */
	static Stream<Throwable> causes(Throwable failure) {
		return Stream.iterate(failure, Objects::nonNull, Throwable::getCause).limit(MAX_CHAIN_LENGTH);
	}

}
