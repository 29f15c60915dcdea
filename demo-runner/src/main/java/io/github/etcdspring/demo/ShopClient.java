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
 * The consumer as its customers see it.
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
	 * Call the service {@code greeting} through the shop.
	 * @return the call when it has ended, also when it has failed
	 */
	CompletableFuture<CallResult> call() {
		return this.target.call("/greeting");
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
