package io.github.etcdspring.client;

import java.util.Objects;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Causes of a failure, which may be circular. Internal: public only for the other
 * packages of the starter.
 */
public final class Causes {

	private static final int MAX_CHAIN_LENGTH = 100;

	private Causes() {
	}

	/**
	 * Return a failure and its causes.
	 * @param failure the failure, {@code null} if there is none
	 * @return the failure, its cause, and so on, up to a limit if they are circular
	 */
	public static Stream<Throwable> of(@Nullable Throwable failure) {
		return Stream.iterate(failure, Objects::nonNull, Throwable::getCause).limit(MAX_CHAIN_LENGTH);
	}

	/**
	 * Find an exception among a failure and its causes.
	 * @param <E> the type of the exception
	 * @param type the type of the exception
	 * @param failure the failure
	 * @return the exception, {@code null} if there is none
	 */
	public static <E extends Throwable> @Nullable E find(Class<E> type, @Nullable Throwable failure) {
		return of(failure).filter(type::isInstance).map(type::cast).findFirst().orElse(null);
	}

}
