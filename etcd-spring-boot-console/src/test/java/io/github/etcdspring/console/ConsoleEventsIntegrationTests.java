package io.github.etcdspring.console;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for the event stream.
 */
class ConsoleEventsIntegrationTests {

	private final HttpClient client = HttpClient.newHttpClient();

	private EtcdServer etcd;

	private RunningConsole console;

	@BeforeEach
	void start() {
		this.etcd = EtcdServer.start();
		this.console = RunningConsole.start(this.etcd);
		await().untilAsserted(() -> assertThat(this.console.get("viewer", "services").get("total").asInt()).isZero());
	}

	@AfterEach
	void stop() {
		this.console.close();
		this.etcd.close();
	}

	@Test
	void changeIsPushed() {
		try (Events events = events()) {
			JsonNode first = events.awaitFirst();
			assertThat(first.get("connected").asBoolean()).isTrue();
			assertThat(first.get("staleSince").isNull()).isTrue();
			assertThat(first.get("forbidden")).isEmpty();
			this.etcd.etcdctl("put", "/config/orders/a", "one");
			long revision = this.etcd.revision();
			await().until(() -> events.last().get("configuration").asLong() == revision);
			assertThat(events.last().get("services").asLong()).isEqualTo(first.get("services").asLong());
			assertThat(events.last().get("rollouts").asLong()).isZero();
			this.etcd.etcdctl("put", "/services/orders/one", "127.0.0.1:80");
			this.etcd.etcdctl("put", "/fleet/orders/one", "{}");
			this.etcd.etcdctl("put", "/overrides/orders/one", "{}");
			long end = this.etcd.revision();
			await().untilAsserted(() -> {
				assertThat(events.last().get("services").asLong()).isEqualTo(end - 2);
				assertThat(events.last().get("fleet").asLong()).isEqualTo(end - 1);
				assertThat(events.last().get("overrides").asLong()).isEqualTo(end);
			});
			assertThat(events.last().get("configuration").asLong()).isEqualTo(revision);
		}
	}

	@Test
	void changesAreConflated() {
		try (Events events = events()) {
			events.awaitFirst();
			int before = events.count();
			long begin = System.nanoTime();
			for (int i = 0; i < 40; i++) {
				this.etcd.etcdctl("put", "/config/orders/a", String.valueOf(i));
			}
			long revision = this.etcd.revision();
			await().until(() -> events.last().get("configuration").asLong() == revision);
			long halves = Duration.ofNanos(System.nanoTime() - begin).toMillis() / 500;
			assertThat(events.count() - before).isLessThanOrEqualTo((int) halves + 2);
		}
	}

	@Test
	void outageIsPushed() {
		try (Events events = events()) {
			events.awaitFirst();
			this.etcd.stop();
			await().atMost(Duration.ofSeconds(20)).until(() -> !events.last().get("connected").asBoolean());
			assertThat(events.last().get("staleSince").asString()).startsWith("2");
			// the last known state remains visible
			assertThat(this.console.get("viewer", "services").get("total").asInt()).isZero();
			assertThat(this.console.send(this.console.request("editor", "/etcd-console/api/key?key=/config/a/b"))
				.statusCode()).isEqualTo(502);
			this.etcd.restart();
			await().atMost(Duration.ofSeconds(20)).until(() -> events.last().get("connected").asBoolean());
		}
	}

	@Test
	void slowReaderBlocksNobody() throws IOException {
		try (Socket slow = new Socket("localhost", this.console.port()); Events events = events()) {
			slow.setReceiveBufferSize(1024);
			slow.getOutputStream().write(rawRequest());
			events.awaitFirst();
			await().until(() -> this.console.bean(EventPublisher.class).viewers() == 2);
			for (int i = 0; i < 20; i++) {
				this.etcd.etcdctl("put", "/config/orders/a", String.valueOf(i));
			}
			long revision = this.etcd.revision();
			await().until(() -> events.last().get("configuration").asLong() == revision);
		}
	}

	private byte[] rawRequest() {
		return ("GET /etcd-console/api/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + credentials()
				+ "\r\n\r\n")
			.getBytes(StandardCharsets.US_ASCII);
	}

	@Test
	void closedConnectionIsForgotten() throws IOException {
		EventPublisher publisher = this.console.bean(EventPublisher.class);
		try (Socket socket = new Socket("localhost", this.console.port())) {
			socket.getOutputStream().write(rawRequest());
			await().until(() -> publisher.viewers() == 1);
		}
		// a change or the heartbeat detects it
		await().atMost(Duration.ofSeconds(20)).until(() -> {
			this.etcd.etcdctl("put", "/config/orders/a", "x");
			return publisher.viewers() == 0;
		});
	}

	@Test
	void numberOfViewersIsLimited() throws IOException {
		List<Socket> sockets = new ArrayList<>();
		try {
			for (int i = 0; i < EventPublisher.MAX_VIEWERS; i++) {
				Socket socket = new Socket("localhost", this.console.port());
				sockets.add(socket);
				socket.getOutputStream().write(rawRequest());
			}
			await().until(() -> this.console.bean(EventPublisher.class).viewers() == EventPublisher.MAX_VIEWERS);
			assertThat(this.console.send(this.console.request("viewer", "/etcd-console/api/events")).statusCode())
				.isEqualTo(503);
			assertThat(this.console.get("viewer", "services").get("total").asInt()).isZero();
		}
		finally {
			for (Socket socket : sockets) {
				socket.close();
			}
		}
	}

	@Test
	void shutdownEndsStreamsAndLeavesNoThread() {
		Events events = events();
		events.awaitFirst();
		assertThat(threads()).isNotEmpty();
		long begin = System.nanoTime();
		this.console.close();
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
		await().until(events::isEnded);
		await().untilAsserted(() -> assertThat(threads()).isEmpty());
	}

	@Test
	void idleStreamReceivesHeartbeats() {
		try (Events events = events()) {
			events.awaitFirst();
			await().atMost(Duration.ofSeconds(20)).until(() -> events.heartbeats() > 0);
			assertThat(events.isEnded()).isFalse();
		}
	}

	private static List<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith("etcd-console-") || name.equals("etcd-mirror-console"))
			.toList();
	}

	private static String credentials() {
		return Base64.getEncoder()
			.encodeToString(("viewer:" + ConsoleApplication.PASSWORD).getBytes(StandardCharsets.UTF_8));
	}

	private Events events() {
		HttpResponse<InputStream> response;
		try {
			response = this.client.send(this.console.request("viewer", "/etcd-console/api/events").build(),
					BodyHandlers.ofInputStream());
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
		return new Events(response.body());
	}

	/**
	 * The events of a stream.
	 */
	private static final class Events implements AutoCloseable {

		private final InputStream stream;

		private final List<JsonNode> states = new CopyOnWriteArrayList<>();

		private final AtomicInteger heartbeats = new AtomicInteger();

		private final Thread reader = new Thread(this::read, "events-reader");

		Events(InputStream stream) {
			this.stream = stream;
			this.reader.start();
		}

		private void read() {
			try (Stream<String> lines = new BufferedReader(new InputStreamReader(this.stream, StandardCharsets.UTF_8))
				.lines()) {
				lines.forEach((line) -> {
					if (line.startsWith("data:")) {
						this.states.add(new JsonMapper().readTree(line.substring("data:".length())));
					}
					else if (line.startsWith(":")) {
						this.heartbeats.incrementAndGet();
					}
				});
			}
			catch (RuntimeException ex) {
				// closed
			}
		}

		JsonNode awaitFirst() {
			await().until(() -> !this.states.isEmpty());
			return this.states.get(0);
		}

		JsonNode last() {
			return this.states.get(this.states.size() - 1);
		}

		int heartbeats() {
			return this.heartbeats.get();
		}

		int count() {
			return this.states.size();
		}

		boolean isEnded() {
			return !this.reader.isAlive();
		}

		@Override
		public void close() {
			try {
				this.stream.close();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
