package io.github.etcdspring.demo;

import org.jspecify.annotations.Nullable;

/**
 * A call that has ended.
 *
 * @param start when it was sent
 * @param end when it was answered or given up
 * @param instance who answered, {@code null} if it failed
 * @param failure why it failed, {@code null} if it was answered
 */
record Call(long start, long end, @Nullable String instance, @Nullable String failure) {

	boolean failed() {
		return this.failure != null;
	}

	long nanos() {
		return this.end - this.start;
	}

}
