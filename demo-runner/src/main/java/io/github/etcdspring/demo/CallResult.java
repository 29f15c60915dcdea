package io.github.etcdspring.demo;

import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The result of an HTTP request.
 *
 * @param start time at which it was sent
 * @param end time of the response or the failure
 * @param instance instance that responded, {@code null} if the request failed
 * @param failure reason of the failure, {@code null} if there was a response
 */
record CallResult(long start, long end, @Nullable String instance, @Nullable String failure) {

	private static final Pattern INSTANCE = Pattern.compile("\"instance\":\"([^\"]+)\"");

	/**
	 * Create the result of a request for a greeting.
	 * @param start time at which the request was sent
	 * @param response the response, {@code null} if there was none
	 * @param failure reason why there was none
	 * @return the result
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
