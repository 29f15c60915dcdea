package io.github.etcdspring.demo;

import java.net.URI;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * HTTP client of the consumer.
 */
final class ShopClient {

	private static final Pattern ANSWERED = Pattern.compile("\"instance\":\"([^\"]+)\"");

	private static final Pattern MESSAGE = Pattern.compile("\"message\":\"([^\"]*)\"");

	private static final Pattern GREETINGS = Pattern.compile("\"greeting\":\\[(.*?)]");

	private final HttpTarget target;

	ShopClient(URI uri) {
		this.target = new HttpTarget(uri);
	}

	URI uri() {
		return this.target.uri();
	}

	/**
	 * Request a greeting from the shop, which calls the service {@code greeting}.
	 * @return the result, which is also completed normally if the request fails
	 */
	CompletableFuture<CallResult> call() {
		return this.target.call("/greeting");
	}

	/**
	 * Return the distinct messages of consecutive requests.
	 */
	Set<String> messages(int calls) throws InterruptedException {
		Set<String> messages = new LinkedHashSet<>();
		for (int i = 0; i < calls; i++) {
			Matcher matcher = MESSAGE.matcher(get("/greeting"));
			messages.add((matcher.find()) ? matcher.group(1) : "no response");
		}
		return messages;
	}

	/**
	 * Return the instances of {@code greeting} known to the shop.
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
	 * Return whether the live board is served and instances are pushed to it.
	 * @param instances the expected instance ids
	 */
	boolean boardShows(List<String> instances) throws InterruptedException {
		return get("/").contains("board.js")
				&& this.target.send("/board/events", BodyHandlers.ofLines()).thenApplyAsync((events) -> {
					try (Stream<String> lines = events.body()) {
						return lines.anyMatch((line) -> instances.stream().allMatch(line::contains));
					}
				}).completeOnTimeout(false, HttpTarget.TIMEOUT.toSeconds(), TimeUnit.SECONDS).join();
	}

	private String get(String path) throws InterruptedException {
		return this.target.get(path).body();
	}

}
