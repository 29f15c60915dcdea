package io.github.etcdspring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.testsupport.EtcdBinary;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The commands of the operations guide work, with the described effects on applications.
 */
@ExtendWith(OutputCaptureExtension.class)
class OperationsGuideIntegrationTests {

	private static final Path PAGE = Path.of("../docs/operations.md");

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	@TempDir
	private Path directory;

	@Test
	void rolesGrantExactlyWhatAnApplicationNeeds() throws IOException {
		try (EtcdServer etcd = EtcdServer.start()) {
			etcd.etcdctl("put", "/config/orders,prod/greeting", "hello");
			etcd.etcdctl("put", "/services/billing/by-hand", "10.0.0.7:8080");
			for (String user : List.of("orders", "release", "root")) {
				Files.writeString(this.directory.resolve(user + ".password"), user + "-secret\n");
			}
			for (String snippet : snippets("role add", "auth enable")) {
				assertSucceeds(etcd, "", snippet);
			}
			try (ConfigurableApplicationContext orders = application(etcd, "orders")
				.properties("spring.cloud.etcd.username=orders", "spring.cloud.etcd.password=orders-secret")
				.run("--spring.config.import=etcd:", "--spring.profiles.active=prod")) {
				DiscoveryClient discovery = orders.getBean(DiscoveryClient.class);
				await().atMost(TIMEOUT).until(() -> discovery.getServices().equals(List.of("billing", "orders")));
				assertThat(greeting(orders)).isEqualTo("hello");
				assertSucceeds(etcd, "release", "etcdctl put /config/orders,prod/greeting changed");
				await().atMost(TIMEOUT).until(() -> "changed".equals(greeting(orders)));
			}
			await().atMost(TIMEOUT)
				.until(() -> assertSucceeds(etcd, "root", "etcdctl get --prefix /services/orders/").isBlank());
			for (String denied : List.of("put /services/billing/two 10.0.0.8:8080", "del --prefix /services/billing/",
					"put /config/orders/greeting mine", "get --prefix /config/billing/", "get --prefix /config/")) {
				assertDenied(etcd, "orders", "etcdctl " + denied);
			}
			assertDenied(etcd, "release", "etcdctl put /services/orders/one 10.0.0.8:8080");
		}
	}

	@Test
	void restoredBackupRevertsTheConfigurationAndListsAllInstances() throws IOException {
		try (EtcdServer etcd = EtcdServer.start()) {
			etcd.etcdctl("put", "/config/orders/greeting", "before");
			try (ConfigurableApplicationContext orders = application(etcd, "orders")
				.run("--spring.config.import=etcd:")) {
				await().atMost(TIMEOUT).until(() -> Keys.of(etcd, "orders").size() == 1);
				assertSucceeds(etcd, "", snippets("snapshot save").get(0));
				etcd.etcdctl("put", "/config/orders/greeting", "after");
				await().atMost(TIMEOUT).until(() -> "after".equals(greeting(orders)));
				try (ConfigurableApplicationContext late = application(etcd, "late").run()) {
					await().atMost(TIMEOUT).until(() -> Keys.of(etcd, "late").size() == 1);
					assertThat(late.isRunning()).isTrue();
					etcd.restoreSnapshot(this.directory.resolve("etcd-backup.db"));
					etcd.restart();
					await().atMost(TIMEOUT).until(() -> "before".equals(greeting(orders)));
					await().atMost(TIMEOUT)
						.until(() -> Keys.of(etcd, "orders").size() == 1 && Keys.of(etcd, "late").size() == 1);
					DiscoveryClient discovery = orders.getBean(DiscoveryClient.class);
					await().atMost(TIMEOUT).until(() -> discovery.getServices().equals(List.of("late", "orders")));
				}
			}
		}
	}

	@Test
	void fullEtcdKeepsItsKeysAndAcceptsMoreAfterTheRemedy(CapturedOutput output) throws IOException {
		try (EtcdServer etcd = EtcdServer.builder().arguments(flags()).start();
				ConfigurableApplicationContext old = application(etcd, "old")
					.run("--spring.cloud.etcd.discovery.ttl=2s")) {
			await().atMost(TIMEOUT).until(() -> Keys.of(etcd, "old").size() == 1);
			fill(etcd);
			try (ConfigurableApplicationContext late = application(etcd, "late").run()) {
				assertThat(late.isRunning()).isTrue();
				await().atMost(TIMEOUT).until(() -> output.getOut().contains("etcd is full"));
				// longer than the TTL
				await().during(Duration.ofSeconds(4))
					.atMost(TIMEOUT)
					.until(() -> Keys.of(etcd, "old").size() == 1 && Keys.of(etcd, "late").isEmpty());
				old.close();
				assertThat(Keys.of(etcd, "old")).isEmpty();
				assertThat(output).doesNotContain("Failed to deregister");
				assertThat(assertSucceeds(etcd, "", snippets("alarm list").get(0))).contains("NOSPACE");
				await().atMost(TIMEOUT).until(() -> Keys.of(etcd, "late").size() == 1);
			}
		}
	}

	/** With a small quota. */
	private static String[] flags() throws IOException {
		String flags = Files.readString(PAGE)
			.lines()
			.filter((line) -> line.startsWith("--auto-compaction"))
			.findFirst()
			.orElseThrow();
		return (flags + " --quota-backend-bytes=16777216").split(" ");
	}

	private void fill(EtcdServer etcd) {
		Result result = run(etcd, "",
				"for i in $(seq 500); do head -c 1000000 /dev/zero | tr '\\0' x | etcdctl put big || break; done");
		assertThat(result.text()).contains("database space exceeded");
	}

	private static SpringApplicationBuilder application(EtcdServer etcd, String name) {
		return Applications.plain(etcd, name);
	}

	private static String greeting(ConfigurableApplicationContext context) {
		return String.valueOf(context.getEnvironment().getProperty("greeting"));
	}

	private static List<String> snippets(String... words) throws IOException {
		return Snippets.of(PAGE, "sh")
			.stream()
			.filter((snippet) -> List.of(words).stream().anyMatch(snippet::contains))
			.toList();
	}

	private String assertSucceeds(EtcdServer etcd, String user, String script) {
		Result result = run(etcd, user, script);
		assertThat(result.status()).as(script + "\n" + result.text()).isZero();
		return result.text();
	}

	private void assertDenied(EtcdServer etcd, String user, String script) {
		Result result = run(etcd, user, script);
		assertThat(result.status()).as(script).isNotZero();
		assertThat(result.text()).as(script).contains("permission denied");
	}

	/** Runs a command like a reader, in the directory with the passwords. */
	private Result run(EtcdServer etcd, String user, String script) {
		ProcessBuilder shell = new ProcessBuilder("bash", "-euc", script).directory(this.directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(this.directory.resolve("output").toFile());
		Map<String, String> environment = shell.environment();
		environment.put("PATH",
				EtcdBinary.locate().etcdctl().toAbsolutePath().getParent() + ":" + environment.get("PATH"));
		environment.put("ETCDCTL_API", "3");
		environment.put("ETCDCTL_ENDPOINTS", etcd.endpoint());
		if (!user.isEmpty()) {
			environment.put("ETCDCTL_USER", user + ":" + user + "-secret");
		}
		try {
			Process process = shell.start();
			process.getOutputStream().close();
			if (!process.waitFor(60, TimeUnit.SECONDS)) {
				process.destroyForcibly();
				throw new IllegalStateException("No end of " + script);
			}
			return new Result(process.exitValue(), Files.readString(this.directory.resolve("output")));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private record Result(int status, String text) {

	}

}
