package io.github.etcdspring.console;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Integration tests for the console without Spring Security.
 */
class AnonymousAccessIntegrationTests {

	private static final String WRITE = "/etcd-console/api/changes/write";

	private static final String BODY = "{\"changes\":[{\"key\":\"/config/a/b\",\"value\":\"c\"}],\"waitSeconds\":0}";

	private static EtcdServer etcd;

	private static RunningConsole console;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		console = RunningConsole.start(etcd, Unsecured.class, "spring.cloud.etcd.console.allow-anonymous=true");
	}

	@AfterAll
	static void stop() {
		console.close();
		etcd.close();
	}

	@Test
	void everybodyIsOperator() {
		JsonNode session = console.get(null, "session");
		assertThat(session.get("user").asString()).isEqualTo("anonymous");
		assertThat(session.get("roles")).hasSize(3);
	}

	@Test
	void applicationDoesNotStartWithoutConsent() {
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> RunningConsole.start(etcd, Unsecured.class))
			.havingRootCause()
			.isInstanceOf(MissingConsoleSecurityException.class);
	}

	@Test
	void changeRequiresTheHeaderAndJson() {
		assertThat(send(request(WRITE).header("Content-Type", "application/json"))).isEqualTo(403);
		assertThat(send(request(WRITE).header("Content-Type", "text/plain").header("X-Requested-With", "etcd-console")))
			.isEqualTo(403);
		assertThat(send(request(WRITE).header("X-Requested-With", "etcd-console"))).isEqualTo(403);
		assertThat(send(
				request(WRITE).header("Content-Type", "application/json").header("X-Requested-With", "XMLHttpRequest")))
			.isEqualTo(403);
		assertThat(console.get(null, "configuration").get("total").asInt()).isZero();
		HttpResponse<String> written = console
			.send(request(WRITE).header("Content-Type", "application/json;charset=UTF-8")
				.header("X-Requested-With", "etcd-console"));
		assertThat(written.statusCode()).isEqualTo(200);
		assertThat(console.get(null, "history").at("/items/0/author").asString()).isEqualTo("anonymous");
		etcd.etcdctl("del", "/config/", "--prefix");
	}

	@Test
	void deletionRequiresTheHeader() {
		HttpRequest.Builder request = console.request(null, "/etcd-console/api/overrides?service=orders&instance=a")
			.DELETE();
		assertThat(console.send(request).statusCode()).isEqualTo(403);
		assertThat(console.send(request.header("X-Requested-With", "etcd-console")).statusCode()).isEqualTo(204);
	}

	private static int send(HttpRequest.Builder request) {
		return console.send(request).statusCode();
	}

	private static HttpRequest.Builder request(String path) {
		return console.request(null, path).POST(BodyPublishers.ofString(BODY));
	}

	@ParameterizedTest
	@CsvSource({ "localhost, 200", "127.0.0.1, 200", "[::1], 200", "LOCALHOST:80, 200", "evil.example, 403",
			"localhost.evil.example, 403", "127.0.0.1.evil.example:8080, 403", "192.0.2.2, 403" })
	void hostMustBeLocal(String host, int status) throws IOException {
		for (String path : new String[] { "/etcd-console/api/session", "/etcd-console/", "/etcd-console/console.js" }) {
			assertThat(statusLine(path, host)).as(path).startsWith("HTTP/1.1 " + status);
		}
	}

	private static String statusLine(String path, String host) throws IOException {
		try (Socket socket = new Socket("localhost", console.port())) {
			socket.getOutputStream()
				.write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
					.getBytes(StandardCharsets.US_ASCII));
			return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
				.findFirst()
				.orElse("");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/", "/api/session", "/nosuch" })
	void responseRestrictsContentAndFrames(String path) {
		HttpResponse<String> response = console.send(console.request(null, "/etcd-console" + path));
		assertThat(response.headers().firstValue("Content-Security-Policy")).hasValueSatisfying(
				(policy) -> assertThat(policy).startsWith("default-src 'self'").contains("frame-ancestors 'none'"));
		assertThat(response.headers().firstValue("X-Frame-Options")).hasValue("DENY");
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = { SecurityAutoConfiguration.class, UserDetailsServiceAutoConfiguration.class,
			ManagementWebSecurityAutoConfiguration.class, SecurityFilterAutoConfiguration.class,
			ServletWebSecurityAutoConfiguration.class })
	static class Unsecured {

	}

}
