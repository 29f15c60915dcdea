package io.github.etcdspring.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * HTTP client of one application.
 */
final class HttpTarget {

	static final Duration TIMEOUT = Duration.ofSeconds(15);

	private final HttpClient http = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.proxy(HttpClient.Builder.NO_PROXY)
		.connectTimeout(TIMEOUT)
		.build();

	private final URI uri;

	HttpTarget(URI uri) {
		this.uri = uri;
	}

	URI uri() {
		return this.uri;
	}

	/**
	 * Request a greeting.
	 * @return the result, which is also completed normally if the request fails
	 */
	CompletableFuture<CallResult> call(String path) {
		long start = System.nanoTime();
		return send(path, BodyHandlers.ofString())
			.handle((response, failure) -> CallResult.of(start, response, failure));
	}

	<T> CompletableFuture<HttpResponse<T>> send(String path, BodyHandler<T> handler) {
		return this.http.sendAsync(request(path), handler);
	}

	/**
	 * Send a GET request and wait for the response.
	 */
	HttpResponse<String> get(String path) throws InterruptedException {
		try {
			return this.http.send(request(path), BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new IllegalStateException("No response from " + this.uri + ": " + ex, ex);
		}
	}

	private HttpRequest request(String path) {
		return HttpRequest.newBuilder(this.uri.resolve(path)).timeout(TIMEOUT).build();
	}

}
