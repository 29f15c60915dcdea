package io.github.etcdspring.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The consumer as its customers see it.
 */
final class Shop {

	private static final Duration LIMIT = Duration.ofSeconds(15);

	private static final Pattern ANSWERED = Pattern.compile("\"instance\":\"([^\"]+)\"");

	private static final Pattern MESSAGE = Pattern.compile("\"message\":\"([^\"]*)\"");

	private static final Pattern GREETINGS = Pattern.compile("\"greeting\":\\[(.*?)]");

	private final HttpClient http = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.proxy(HttpClient.Builder.NO_PROXY)
		.connectTimeout(LIMIT)
		.build();

	private final URI uri;

	Shop(URI uri) {
		this.uri = uri;
	}

	URI uri() {
		return this.uri;
	}

	/**
	 * Call the service {@code greeting} through the shop.
	 * @return the call when it has ended, also when it has failed
	 */
	CompletableFuture<Call> call() {
		long start = System.nanoTime();
		return this.http.sendAsync(request("/greeting"), BodyHandlers.ofString())
			.handle((response, failure) -> call(start, response, failure));
	}

	static Call call(long start, @Nullable HttpResponse<String> response, @Nullable Throwable failure) {
		long end = System.nanoTime();
		if (response == null) {
			return new Call(start, end, null, String.valueOf(failure));
		}
		Matcher matcher = ANSWERED.matcher(response.body());
		return (response.statusCode() == 200 && matcher.find()) ? new Call(start, end, matcher.group(1), null)
				: new Call(start, end, null, response.statusCode() + " " + response.body());
	}

	/**
	 * What a number of calls in a row are answered.
	 */
	Set<String> messages(int calls) throws InterruptedException {
		Set<String> messages = new LinkedHashSet<>();
		for (int i = 0; i < calls; i++) {
			Matcher matcher = MESSAGE.matcher(get("/greeting"));
			messages.add((matcher.find()) ? matcher.group(1) : "no answer");
		}
		return messages;
	}

	/**
	 * The instances of {@code greeting} that the shop knows.
	 */
	Set<String> instances() throws InterruptedException {
		Set<String> instances = new LinkedHashSet<>();
		Matcher greetings = GREETINGS.matcher(get("/instances"));
		if (greetings.find()) {
			ANSWERED.matcher(greetings.group(1)).results().forEach((found) -> instances.add(found.group(1)));
		}
		return instances;
	}

	/**
	 * Whether there is a live board, and it is told of instances without asking.
	 * @param instances their identifiers
	 */
	boolean boardShows(List<String> instances) throws InterruptedException {
		return get("/").contains("board.js")
				&& this.http.sendAsync(request("/board/events"), BodyHandlers.ofLines()).thenApplyAsync((events) -> {
					try (Stream<String> lines = events.body()) {
						return lines.anyMatch((line) -> instances.stream().allMatch(line::contains));
					}
				}).completeOnTimeout(false, LIMIT.toSeconds(), TimeUnit.SECONDS).join();
	}

	private String get(String path) throws InterruptedException {
		try {
			return this.http.send(request(path), BodyHandlers.ofString()).body();
		}
		catch (IOException ex) {
			throw new IllegalStateException("The shop at " + this.uri + " does not answer: " + ex, ex);
		}
	}

	private HttpRequest request(String path) {
		return HttpRequest.newBuilder(this.uri.resolve(path)).timeout(LIMIT).build();
	}

}
