package io.github.etcdspring.demo;

import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * A call that has ended.
 *
 * @param start when it was sent
 * @param end when it was answered or given up
 * @param instance who answered, {@code null} if it failed
 * @param failure why it failed, {@code null} if it was answered
 */
record CallResult(long start, long end, @Nullable String instance, @Nullable String failure) {

	private static final Pattern INSTANCE = Pattern.compile("\"instance\":\"([^\"]+)\"");

	/**
	 * A call of something that answers with a greeting.
	 * @param start when it was sent
	 * @param response the answer, {@code null} if there was none
	 * @param failure why there was none
	 * @return the call
	 */
	static CallResult of(long start, @Nullable HttpResponse<String> response, @Nullable Throwable failure) {
		long end = System.nanoTime();
		if (response == null) {
			return new CallResult(start, end, null, String.valueOf(failure));
		}
		Matcher matcher = INSTANCE.matcher(response.body());
		return (response.statusCode() == 200 && matcher.find()) ? new CallResult(start, end, matcher.group(1), null)
				: new CallResult(start, end, null, response.statusCode() + " " + response.body());
	}

	boolean failed() {
		return this.failure != null;
	}

	long nanos() {
		return this.end - this.start;
	}

}
