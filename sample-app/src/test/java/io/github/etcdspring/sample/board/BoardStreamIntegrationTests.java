package io.github.etcdspring.sample.board;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.etcdspring.sample.SampleApplication;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests the event streams of the board.
 */
class BoardStreamIntegrationTests {

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
			.run("--server.port=0", "--server.address=127.0.0.1", "--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.drain=0s");
	}

	@AfterAll
	static void stop() {
		shop.close();
		etcd.close();
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
		URI events = URI.create(
				"http://127.0.0.1:" + application.getEnvironment().getProperty("local.server.port") + "/board/events");
		return http.send(HttpRequest.newBuilder(events).build(), BodyHandlers.ofInputStream());
	}

}
