package io.github.etcdspring.sample.board;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.etcdspring.sample.SampleApplication;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests which requests may edit the configuration through the board.
 */
class BoardEditorIntegrationTests {

	private static final String KEY = "/config/shop/word";

	private static final String TOKEN = "0d5b8e6c-6f6f-4c43-9d5c-0d3f5a0c4f0e";

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final HttpClient http = HttpClient.newHttpClient();

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext shop;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		shop = startShop();
	}

	private static ConfigurableApplicationContext startShop() {
		return new SpringApplicationBuilder(SampleApplication.class).profiles("consumer")
			.run("--server.port=0", "--server.address=127.0.0.1", "--board.editing=true",
					"--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.drain=0s");
	}

	@AfterAll
	static void stop() {
		shop.close();
		etcd.close();
	}

	@AfterEach
	void delete() {
		etcd.etcdctl("del", KEY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "XSRF-TOKEN=" + TOKEN })
	void rejectsWriteWithoutCsrfToken(String cookie) throws Exception {
		HttpRequest.Builder request = put("one", 0);
		if (!cookie.isEmpty()) {
			request.header("Cookie", cookie);
		}
		assertThat(send(request).statusCode()).isEqualTo(403);
		assertThat(held()).isEmpty();
	}

	@Test
	void rejectsFormOfAnotherSite() throws Exception {
		HttpRequest.Builder request = request("/board/configuration/restore")
			.header("Content-Type", "application/x-www-form-urlencoded")
			.header("Cookie", "XSRF-TOKEN=" + TOKEN)
			.POST(BodyPublishers.ofString("key=" + KEY));
		assertThat(send(request).statusCode()).isEqualTo(403);
	}

	@Test
	void acceptsWriteWithCsrfToken() throws Exception {
		assertThat(send(trusted(put("one", 0))).statusCode()).isEqualTo(200);
		assertThat(held()).isEqualTo("one\n");
	}

	@Test
	void rejectsWriteAtAStaleRevision() throws Exception {
		etcd.etcdctl("put", KEY, "of another client");
		HttpResponse<String> response = send(trusted(put("one", 0)));
		assertThat(response.statusCode()).isEqualTo(409);
		assertThat(response.body()).contains("concurrent modification of " + KEY).doesNotContain("of another client");
		assertThat(held()).isEqualTo("of another client\n");
	}

	@Test
	void rejectsRestoreOfAnUnknownRevision() throws Exception {
		etcd.etcdctl("put", KEY, "one");
		HttpRequest.Builder request = request("/board/configuration/restore").header("Content-Type", "application/json")
			.POST(BodyPublishers.ofString("{\"key\":\"" + KEY + "\",\"version\":999999,\"revision\":1}"));
		HttpResponse<String> response = send(trusted(request));
		assertThat(response.statusCode()).isEqualTo(410);
		assertThat(response.body()).contains("Revision 999999 of " + KEY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/services/greeting/one", "/config/", "/configuration", "", "config/x" })
	void rejectsKeyOutsideTheConfiguration(String key) throws Exception {
		HttpRequest.Builder request = request("/board/configuration").header("Content-Type", "application/json")
			.PUT(BodyPublishers.ofString("{\"key\":\"" + key + "\",\"value\":\"x\",\"revision\":0}"));
		assertThat(send(trusted(request)).statusCode()).isEqualTo(400);
		assertThat(send(request("/board/configuration?key=" + key)).statusCode()).isEqualTo(400);
	}

	@ParameterizedTest
	@ValueSource(strings = { "attacker.example", "127.0.0.1.attacker.example", "localhost.attacker.example:8080",
			"10.0.0.7:8080", "localhost@attacker.example" })
	void rejectsHostOtherThanLoopback(String host) throws IOException {
		String write = "PUT /board/configuration HTTP/1.1\r\nHost: " + host
				+ "\r\nX-Forwarded-Host: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nCookie: XSRF-TOKEN="
				+ TOKEN + "\r\nX-XSRF-TOKEN: " + TOKEN + "\r\nContent-Length: ";
		String body = "{\"key\":\"" + KEY + "\",\"value\":\"taken\",\"revision\":0}";
		assertThat(raw(write + body.length() + "\r\n\r\n" + body)).matches("(?s)HTTP/1.1 40[03] .*");
		assertThat(raw("GET /board/events HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
			.matches("(?s)HTTP/1.1 40[03] .*");
		assertThat(held()).isEmpty();
	}

	@Test
	void limitsConcurrentSubscribers() throws Exception {
		List<HttpResponse<InputStream>> streams = new ArrayList<>();
		await().atMost(SOON).until(() -> shop.getBean(BoardPublisher.class).subscribers() == 0);
		for (int i = 0; i < BoardPublisher.MAX_SUBSCRIBERS; i++) {
			streams.add(watch(shop));
			assertThat(streams.get(i).statusCode()).isEqualTo(200);
		}
		assertThat(watch(shop).statusCode()).isEqualTo(503);
		for (HttpResponse<InputStream> stream : streams) {
			stream.body().close();
		}
		await().atMost(SOON).until(() -> shop.getBean(BoardPublisher.class).subscribers() == 0);
	}

	@Test
	void boardStopsWithTheApplicationAndLeavesNoThread() throws Exception {
		await().atMost(SOON).until(() -> shop.getBean(BoardPublisher.class).subscribers() == 0);
		ConfigurableApplicationContext other = startShop();
		HttpResponse<InputStream> stream = watch(other);
		assertThat(stream.body().read()).isNotNegative();
		BoardPublisher publisher = other.getBean(BoardPublisher.class);
		long start = System.nanoTime();
		other.close();
		// Graceful shutdown of the web server waits 30 seconds for open connections.
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
		stream.body().readAllBytes();
		assertThat(publisher.isRunning()).isFalse();
		assertThat(publisher.subscribe()).isNull();
		// The threads of the other shop, which has no subscriber.
		await().atMost(SOON)
			.until(() -> threads("board-clock-") == 1 && threads("board-sender-") == 0
					&& threads("call-generator-") == 1);
	}

	private static long threads(String prefix) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.isAlive() && thread.getName().startsWith(prefix))
			.count();
	}

	private static HttpResponse<InputStream> watch(ConfigurableApplicationContext application) throws Exception {
		return http.send(HttpRequest.newBuilder(uri(application, "/board/events")).build(),
				BodyHandlers.ofInputStream());
	}

	private static HttpRequest.Builder put(String value, long revision) {
		return request("/board/configuration").header("Content-Type", "application/json")
			.PUT(BodyPublishers
				.ofString("{\"key\":\"" + KEY + "\",\"value\":\"" + value + "\",\"revision\":" + revision + "}"));
	}

	private static HttpRequest.Builder trusted(HttpRequest.Builder request) {
		return request.header("Cookie", "XSRF-TOKEN=" + TOKEN).header("X-XSRF-TOKEN", TOKEN);
	}

	private static HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(uri(shop, path));
	}

	private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
		return http.send(request.build(), BodyHandlers.ofString());
	}

	/** Sends a request that HTTP clients refuse to send. */
	private static String raw(String request) throws IOException {
		try (Socket socket = new Socket("127.0.0.1", uri(shop, "/").getPort())) {
			socket.setSoTimeout((int) SOON.toMillis());
			socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
			return new String(socket.getInputStream().readNBytes(100), StandardCharsets.US_ASCII);
		}
	}

	private static URI uri(ConfigurableApplicationContext application, String path) {
		return URI.create("http://127.0.0.1:" + application.getEnvironment().getProperty("local.server.port") + path);
	}

	private static String held() {
		return etcd.etcdctl("get", "--print-value-only", KEY);
	}

}
