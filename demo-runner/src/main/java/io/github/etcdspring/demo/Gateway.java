package io.github.etcdspring.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The gateway as those see it who call services through it.
 */
final class Gateway {

	private static final Duration LIMIT = Duration.ofSeconds(15);

	private final HttpClient http = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.proxy(HttpClient.Builder.NO_PROXY)
		.connectTimeout(LIMIT)
		.build();

	private final URI uri;

	Gateway(URI uri) {
		this.uri = uri;
	}

	URI uri() {
		return this.uri;
	}

	/**
	 * Call the service {@code greeting} through the gateway.
	 * @return the call when it has ended, also when it has failed
	 */
	CompletableFuture<Call> call() {
		long start = System.nanoTime();
		return this.http.sendAsync(request("/greeting/greeting"), BodyHandlers.ofString())
			.handle((response, failure) -> Shop.call(start, response, failure));
	}

	/**
	 * What the gateway answers.
	 */
	HttpResponse<String> get(String path) throws InterruptedException {
		try {
			return this.http.send(request(path), BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new IllegalStateException("The gateway at " + this.uri + " does not answer: " + ex, ex);
		}
	}

	private HttpRequest request(String path) {
		return HttpRequest.newBuilder(this.uri.resolve(path)).timeout(LIMIT).build();
	}

}
