package io.github.etcdspring.compatibility;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Restart by DevTools, which replaces class loader and context of an application but
 * keeps its JVM and libraries.
 */
class DevToolsIntegrationTests {

	private static final Duration START = Duration.ofMinutes(3);

	@TempDir
	private Path directory;

	private EtcdServer etcd;

	private Process application;

	@BeforeEach
	void start() throws IOException {
		this.etcd = EtcdServer.start();
		this.etcd.etcdctl("put", "/config/restarted/greeting", "one");
		this.application = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Restarted.class.getName(),
				"--spring.application.name=restarted", "--spring.config.import=etcd:",
				"--spring.cloud.etcd.endpoints=" + this.etcd.endpoint(),
				"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--server.port=0",
				"--spring.devtools.livereload.enabled=false")
			.redirectErrorStream(true)
			.redirectOutput(this.directory.resolve("application.log").toFile())
			.start();
	}

	@AfterEach
	void stop() {
		this.application.destroyForcibly();
		this.etcd.close();
	}

	@Test
	void instanceLeavesAndComesBackWithTheConfigurationOfNow() {
		String before = instance("");
		RestClient client = client(before);
		String state = client.get().uri("/state").retrieve().body(String.class);
		assertThat(state).contains("\"greeting\":\"one\"", "RestartClassLoader", "etcd-lease");
		client.get().uri("/restart").retrieve().toBodilessEntity();
		this.etcd.etcdctl("put", "/config/restarted/greeting", "two");
		String after = instance(before);
		await().atMost(START)
			.untilAsserted(() -> assertThat(client(after).get().uri("/state").retrieve().body(String.class))
				.isEqualTo(state.replace("one", "two")));
		assertThat(this.etcd.etcdctl("lease", "list").lines()).hasSize(2);
	}

	/** The only instance, and another one than before. */
	private String instance(String before) {
		await().atMost(START).until(() -> keys().size() == 1 && !keys().get(0).equals(before));
		return keys().get(0);
	}

	private List<String> keys() {
		return this.etcd.etcdctl("get", "/services/restarted/", "--prefix", "--keys-only")
			.lines()
			.filter((line) -> !line.isBlank())
			.toList();
	}

	private RestClient client(String key) {
		String uri = this.etcd.etcdctl("get", key, "--print-value-only")
			.replaceFirst("(?s).*\"addr\":\"([^\"]+)\".*", "http://$1");
		return RestClient.create(uri);
	}

}
