package io.github.etcdspring.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with the console on a free port, and requests to it.
 */
final class RunningConsole implements AutoCloseable {

	static final Duration TIMEOUT = Duration.ofSeconds(20);

	private final ConfigurableApplicationContext context;

	private final HttpClient client = HttpClient.newHttpClient();

	private RunningConsole(ConfigurableApplicationContext context) {
		this.context = context;
	}

	static RunningConsole start(EtcdServer etcd, String... properties) {
		return start(etcd, ConsoleApplication.class, properties);
	}

	static RunningConsole start(EtcdServer etcd, Class<?> source, String... properties) {
		return new RunningConsole(new SpringApplicationBuilder(source).web(WebApplicationType.SERVLET)
			.properties(Stream.concat(
					Stream.of("spring.cloud.etcd.endpoints=" + etcd.endpoint(), "spring.application.name=console",
							"server.port=0", "spring.cloud.etcd.discovery.register=false",
							"spring.main.banner-mode=off", "spring.main.register-shutdown-hook=false"),
					Stream.of(properties))
				.toArray(String[]::new))
			.run());
	}

	ConfigurableApplicationContext context() {
		return this.context;
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	int port() {
		return this.context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
	}

	URI uri(String path) {
		return URI.create("http://localhost:" + port() + path);
	}

	/** Prepares a request of a user, {@code null} for an unauthenticated one. */
	HttpRequest.Builder request(String user, String path) {
		HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(TIMEOUT);
		if (user != null) {
			request.header("Authorization", "Basic " + Base64.getEncoder()
				.encodeToString((user + ":" + ConsoleApplication.PASSWORD).getBytes(StandardCharsets.UTF_8)));
		}
		return request;
	}

	/** Prepares a request with a CSRF token. */
	HttpRequest.Builder change(String user, String method, String path, String body) {
		return request(user, path).header("Cookie", "XSRF-TOKEN=token")
			.header("X-XSRF-TOKEN", "token")
			.header("Content-Type", "application/json")
			.method(method, (body != null) ? BodyPublishers.ofString(body) : BodyPublishers.noBody());
	}

	HttpResponse<String> send(HttpRequest.Builder request) {
		try {
			return this.client.send(request.build(), BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	JsonNode get(String user, String path) {
		HttpResponse<String> response = send(request(user, "/etcd-console/api/" + path));
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		return read(response);
	}

	JsonNode change(String user, String method, String path, String body, int status) {
		HttpResponse<String> response = send(change(user, method, "/etcd-console/api/" + path, body));
		assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
		return (response.body().isEmpty()) ? null : read(response);
	}

	JsonNode post(String user, String path, String body) {
		return change(user, "POST", path, body, 200);
	}

	static JsonNode read(HttpResponse<String> response) {
		return new JsonMapper().readTree(response.body());
	}

	@Override
	public void close() {
		this.context.close();
	}

}
