package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.encrypt.EncryptorFactory;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link ConfigImport}, with etcd available and unavailable.
 */
@ExtendWith(OutputCaptureExtension.class)
class ConfigImportIntegrationTests {

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection connection;

	@Test
	void importsKeysAndDocumentsOfTheApplication() {
		connection.put("/config/application/greeting", "hello");
		connection.put("/config/application/shared", "all");
		connection.put("/config/orders/greeting", "Grüß Gott 👋");
		connection.put("/config/orders/spring/mail/host", "mail");
		connection.put("/config/orders/application.yaml", "a:\n  b: 1\n  list: [x, y]\nreference: ${greeting}!\n");
		connection.put("/config/orders/empty", "");
		connection.put("/config/ordersX/greeting", "another application's");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:")) {
			Environment environment = context.getEnvironment();
			assertThat(environment.getProperty("greeting")).isEqualTo("Grüß Gott 👋");
			assertThat(environment.getProperty("shared")).isEqualTo("all");
			assertThat(environment.getProperty("spring.mail.host")).isEqualTo("mail");
			assertThat(environment.getProperty("a.b", Integer.class)).isEqualTo(1);
			assertThat(environment.getProperty("a.list[1]")).isEqualTo("y");
			assertThat(environment.getProperty("reference")).isEqualTo("Grüß Gott 👋!");
			assertThat(environment.getProperty("empty")).isEmpty();
		}
	}

	@Test
	void importsExactlyTheGivenPrefix() {
		connection.put("/config/orders/a", "context");
		connection.put("/teams/blue/a", "blue");
		connection.put("/teams/blue/nested/b", "nested");
		connection.put("/teams/blues/c", "no");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:/teams/blue")) {
			assertThat(context.getEnvironment().getProperty("a")).isEqualTo("blue");
			assertThat(context.getEnvironment().getProperty("nested.b")).isEqualTo("nested");
			assertThat(context.getEnvironment().getProperty("c")).isNull();
		}
	}

	@Test
	void followsThePrecedenceOfSpringBoot(@TempDir Path directory) throws IOException {
		Files.writeString(directory.resolve("application.yml"), """
				spring.config.import: "etcd:,etcd:/later/"
				a: file
				b: file
				c: file
				d: file
				e: file
				f: file
				""");
		Files.writeString(directory.resolve("application-dev.yml"), "d: file-dev\ne: file-dev\nf: file-dev\n");
		putAll("/config/application/", "etcd", "b", "c", "d", "e", "f");
		putAll("/config/orders/", "etcd-orders", "c", "d", "e", "f");
		putAll("/config/application,dev/", "etcd-dev", "e", "f");
		putAll("/config/orders,dev/", "etcd-orders-dev", "f");
		connection.put("/later/c", "later");
		connection.put("/later/g", "later");
		connection.put("/config/orders/g", "earlier");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "", "spring.profiles.active=dev",
				"spring.config.location=" + directory.toUri())) {
			Map<String, String> found = new LinkedHashMap<>();
			for (String name : new String[] { "a", "b", "c", "d", "e", "f", "g" }) {
				found.put(name, context.getEnvironment().getProperty(name));
			}
			assertThat(found).containsExactly(Map.entry("a", "file"), Map.entry("b", "etcd"), Map.entry("c", "later"),
					Map.entry("d", "file-dev"), Map.entry("e", "etcd-dev"), Map.entry("f", "etcd-orders-dev"),
					Map.entry("g", "later"));
		}
	}

	private static void putAll(String prefix, String value, String... names) {
		for (String name : names) {
			connection.put(prefix + name, value);
		}
	}

	@Test
	void originNamesKeyAndRevision() {
		connection.put("/config/orders/greeting", "hello");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:")) {
			PropertySource<?> source = context.getEnvironment().getPropertySources().get("etcd:/config/orders/");
			assertThat(OriginLookup.getOrigin(source, "greeting"))
				.hasToString("etcd key /config/orders/greeting at revision "
						+ connection.find("/config/orders/greeting").getModRevision());
		}
	}

	@Test
	void decryptsCipherValues() {
		String cipher = new EncryptorFactory("deadbeef").create("open sesame").encrypt("s3cret");
		connection.put("/config/orders/password", "{cipher}" + cipher);
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:",
				"encrypt.key=open sesame")) {
			assertThat(context.getEnvironment().getProperty("password")).isEqualTo("s3cret");
		}
	}

	@Test
	void importsTenThousandKeysAndAMegabyte() {
		for (int i = 0; i < 10_000; i += 100) {
			Map<String, String> page = new LinkedHashMap<>();
			for (int j = i; j < i + 100; j++) {
				page.put("/config/orders/many/key" + j, "value " + j);
			}
			connection.transaction(page);
		}
		connection.put("/config/orders/large", "x".repeat(1_000_000));
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:")) {
			assertThat(context.getEnvironment().getProperty("many.key9999")).isEqualTo("value 9999");
			assertThat(context.getEnvironment().getProperty("large")).hasSize(1_000_000);
		}
	}

	@Test
	void mandatoryImportFailsInTimeAndNamesTheRemedy(CapturedOutput output) {
		long start = System.nanoTime();
		assertThatException().isThrownBy(
				() -> ConfiguredApplication
					.run("http://127.0.0.1:1", "etcd:", List.of(), "spring.cloud.etcd.startup-timeout=2s",
							"spring.cloud.etcd.request-timeout=1s")
					.close());
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("could not be imported from etcd", "http://127.0.0.1:1: connection refused")
			.contains("spring.config.import=optional:etcd:");
	}

	@Test
	void optionalImportStartsWithoutEtcdAndIsAppliedWhenEtcdIsAvailable(CapturedOutput output) {
		try (EtcdServer late = EtcdServer.start()) {
			try (TestConnection writer = TestConnection.to(late.endpoint())) {
				writer.put("/config/orders/greeting", "hello");
			}
			late.kill();
			try (ConfigurableApplicationContext context = ConfiguredApplication.run(late, "optional:etcd:",
					"spring.cloud.etcd.request-timeout=1s")) {
				assertThat(context.getEnvironment().getProperty("greeting")).isNull();
				assertThat(output).containsOnlyOnce("applied as soon as etcd is available");
				late.restart();
				await().atMost(Duration.ofSeconds(10))
					.until(() -> "hello".equals(context.getEnvironment().getProperty("greeting")));
			}
		}
	}

	@Test
	void importFromAFrozenEtcdFailsInTime(CapturedOutput output) {
		try (EtcdServer frozen = EtcdServer.start()) {
			frozen.freeze();
			long start = System.nanoTime();
			assertThatException().isThrownBy(() -> ConfiguredApplication
				.run(frozen, "etcd:", "spring.cloud.etcd.startup-timeout=2s", "spring.cloud.etcd.request-timeout=1s")
				.close());
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
			assertThat(output).contains("APPLICATION FAILED TO START");
			frozen.thaw();
		}
	}

	@Test
	void importsFromASlowEtcd() {
		connection.put("/config/orders/greeting", "hello");
		try (TcpProxy proxy = TcpProxy.to(etcd.port())) {
			proxy.delay(Duration.ofMillis(200));
			try (ConfigurableApplicationContext context = ConfiguredApplication.run("http://127.0.0.1:" + proxy.port(),
					"etcd:", List.of())) {
				assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
				connection.put("/config/orders/greeting", "changed");
				await().atMost(Duration.ofSeconds(10))
					.until(() -> "changed".equals(context.getEnvironment().getProperty("greeting")));
			}
		}
	}

	@Test
	void importFromATooSlowEtcdFailsInTime(CapturedOutput output) {
		try (TcpProxy proxy = TcpProxy.to(etcd.port())) {
			proxy.delay(Duration.ofSeconds(3));
			long start = System.nanoTime();
			assertThatException().isThrownBy(
					() -> ConfiguredApplication
						.run("http://127.0.0.1:" + proxy.port(), "etcd:", List.of(),
								"spring.cloud.etcd.startup-timeout=2s", "spring.cloud.etcd.request-timeout=1s")
						.close());
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
			assertThat(output).contains("APPLICATION FAILED TO START", "could not be imported from etcd");
		}
	}

	@Test
	void startsFromTheSnapshotFileDuringAnOutageAndCatchesUpAfterwards(@TempDir Path directory, CapturedOutput output) {
		Path file = directory.resolve("snapshot");
		String[] properties = { "spring.cloud.etcd.config.snapshot-file=" + file,
				"spring.cloud.etcd.startup-timeout=1s", "spring.cloud.etcd.request-timeout=1s" };
		try (EtcdServer flaky = EtcdServer.start()) {
			try (TestConnection writer = TestConnection.to(flaky.endpoint())) {
				writer.put("/config/orders/greeting", "first");
				try (ConfigurableApplicationContext context = ConfiguredApplication.run(flaky, "etcd:", properties)) {
					writer.put("/config/orders/greeting", "s3cond");
					await().atMost(Duration.ofSeconds(5))
						.until(() -> "s3cond".equals(context.getEnvironment().getProperty("greeting")));
					await().atMost(Duration.ofSeconds(5))
						.until(() -> Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1)
							.contains("s3cond"));
				}
			}
			flaky.kill();
			try (ConfigurableApplicationContext context = ConfiguredApplication.run(flaky, "etcd:", properties)) {
				assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("s3cond");
				assertThat(output).contains("from the snapshot file").doesNotContain("s3cond");
				flaky.restart();
				try (TestConnection writer = TestConnection.to(flaky.endpoint())) {
					writer.put("/config/orders/greeting", "third");
				}
				await().atMost(Duration.ofSeconds(10))
					.until(() -> "third".equals(context.getEnvironment().getProperty("greeting")));
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "etcd:", "optional:etcd:" })
	void reportsWhyTheSnapshotFileCannotBeUsed(String location, @TempDir Path directory, CapturedOutput output)
			throws IOException {
		Path file = Files.writeString(directory.resolve("snapshot"), "");
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
		try {
			ConfiguredApplication
				.run("http://127.0.0.1:1", location, List.of(), "spring.cloud.etcd.config.snapshot-file=" + file,
						"spring.cloud.etcd.startup-timeout=1s", "spring.cloud.etcd.request-timeout=1s")
				.close();
			assertThat(location).startsWith("optional:");
		}
		catch (EtcdUnavailableException ex) {
			assertThat(location).isEqualTo("etcd:");
		}
		assertThat(output).contains("The snapshot file " + file + " cannot be used: it is writable by all users");
	}

	@Test
	void logsOnceThatTheSnapshotFileCannotBeWritten(@TempDir Path directory, CapturedOutput output) throws IOException {
		Path file = Files.writeString(directory.resolve("file"), "");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "optional:etcd:",
				"spring.cloud.etcd.config.snapshot-file=" + file.resolve("snapshot"))) {
			for (String value : List.of("1", "2", "3")) {
				connection.put("/config/orders/value", value);
				await().atMost(Duration.ofSeconds(5))
					.until(() -> value.equals(context.getEnvironment().getProperty("value")));
			}
		}
		assertThat(output).containsOnlyOnce("Failed to write the configuration snapshot file");
	}

	@Test
	void invalidDocumentFailsTheStartAndIsNamed(CapturedOutput output) {
		connection.put("/config/orders/application.yaml", "a: [s3cret\nb: }");
		assertThatException().isThrownBy(() -> ConfiguredApplication.run(etcd, "optional:etcd:").close());
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("etcd key /config/orders/application.yaml at revision", "etcdctl get")
			.doesNotContain("s3cret");
	}

	@Test
	void importsNothingWhileDisabled() {
		connection.put("/config/orders/greeting", "hello");
		for (String off : new String[] { "spring.cloud.etcd.enabled=false",
				"spring.cloud.etcd.config.enabled=false" }) {
			try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:", off)) {
				assertThat(context.getEnvironment().getProperty("greeting")).isNull();
			}
		}
	}

	@Test
	void ignoresPropertiesThatWouldFailTheStart() {
		connection.put("/config/orders/spring/profiles/active", "surprise");
		connection.put("/config/orders/greeting", "hello");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:")) {
			assertThat(context.getEnvironment().getActiveProfiles()).isEmpty();
			assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
		}
	}

	@Test
	void refreshDoesNotReadImportsAgain() {
		connection.put("/config/orders/greeting", "hello");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:")) {
			ConfigurableEnvironment environment = context.getEnvironment();
			ConfigWatch watch = context.getBean(ConfigWatch.class);
			await().atMost(Duration.ofSeconds(5)).until(() -> watch.status() != null && watch.status().synced());
			List<String> before = names(environment);
			Set<String> threads = threads();
			assertThat(context.getBean(ContextRefresher.class).refresh()).isEmpty();
			assertThat(names(environment)).isEqualTo(before);
			assertThat(threads()).isEqualTo(threads);
			connection.put("/config/orders/greeting", "after");
			await().atMost(Duration.ofSeconds(5)).until(() -> "after".equals(environment.getProperty("greeting")));
		}
	}

	@Test
	void refreshReadsAnAddedImport(@TempDir Path directory) throws IOException {
		connection.put("/config/orders/greeting", "hello");
		connection.put("/late/addition", "first");
		Path file = Files.writeString(directory.resolve("application.yml"), "spring.config.import: \"etcd:\"\n");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "",
				"spring.config.location=" + directory.toUri())) {
			assertThat(context.getEnvironment().containsProperty("addition")).isFalse();
			Files.writeString(file, "spring.config.import: \"etcd:,etcd:/late/\"\n");
			assertThat(context.getBean(ContextRefresher.class).refresh()).contains("addition");
			assertThat(context.getEnvironment().getProperty("addition")).isEqualTo("first");
			assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
			connection.put("/late/addition", "second");
			await().atMost(Duration.ofSeconds(5))
				.until(() -> "second".equals(context.getEnvironment().getProperty("addition")));
		}
	}

	@Test
	void addedImportThatIsInvalidIsRejectedUntilCorrected(@TempDir Path directory) throws IOException {
		connection.put("/config/orders/pair/first", "1");
		connection.put("/late/pair/first", "not a number");
		Path file = Files.writeString(directory.resolve("application.yml"), "spring.config.import: \"etcd:\"\n");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "", List.of(Paired.class),
				"spring.config.location=" + directory.toUri())) {
			Environment environment = context.getEnvironment();
			Files.writeString(file, "spring.config.import: \"etcd:,etcd:/late/\"\n");
			context.getBean(ContextRefresher.class).refresh();
			assertThat(environment.getProperty("pair.first")).isEqualTo("1");
			assertThat(context.getBean(Pair.class).getFirst()).isEqualTo(1);
			connection.put("/late/pair/first", "3");
			await().atMost(Duration.ofSeconds(5)).until(() -> context.getBean(Pair.class).getFirst() == 3);
			assertThat(environment.getProperty("pair.first")).isEqualTo("3");
		}
	}

	@Test
	void addedImportThatIsInvalidIsRejectedWithoutAWatch(@TempDir Path directory) throws IOException {
		connection.put("/config/orders/pair/first", "1");
		connection.put("/late/pair/first", "not a number");
		Path file = Files.writeString(directory.resolve("application.yml"), "spring.config.import: \"etcd:\"\n");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "", List.of(Paired.class),
				"spring.config.location=" + directory.toUri(), "spring.cloud.etcd.config.watch.enabled=false")) {
			Environment environment = context.getEnvironment();
			ContextRefresher refresher = context.getBean(ContextRefresher.class);
			Files.writeString(file, "spring.config.import: \"etcd:,etcd:/late/\"\n");
			refresher.refresh();
			assertThat(environment.getProperty("pair.first")).isEqualTo("1");
			assertThat(context.getBean(ConfigRefresh.class).status().rejected().key()).isEqualTo("/late/pair/first");
			connection.put("/late/pair/first", "3");
			refresher.refresh();
			assertThat(environment.getProperty("pair.first")).isEqualTo("3");
			assertThat(context.getBean(Pair.class).getFirst()).isEqualTo(3);
			assertThat(context.getBean(ConfigRefresh.class).status().rejected()).isNull();
		}
	}

	@Test
	void laterRefreshReadsAnAddedImportAfterAnOutageWithoutAWatch(@TempDir Path directory) throws IOException {
		connection.put("/late/pair/first", "3");
		Path file = Files.writeString(directory.resolve("application.yml"), "spring.config.import: \"etcd:\"\n");
		try (TcpProxy proxy = TcpProxy.to(etcd.port());
				ConfigurableApplicationContext context = ConfiguredApplication.run("http://127.0.0.1:" + proxy.port(),
						"", List.of(Paired.class), "spring.config.location=" + directory.toUri(),
						"spring.cloud.etcd.config.watch.enabled=false")) {
			ContextRefresher refresher = context.getBean(ContextRefresher.class);
			Files.writeString(file, "spring.config.import: \"etcd:,optional:etcd:/late/\"\n");
			proxy.refuse();
			refresher.refresh();
			proxy.accept();
			refresher.refresh();
			assertThat(context.getBean(Pair.class).getFirst()).isEqualTo(3);
		}
	}

	private static List<String> names(ConfigurableEnvironment environment) {
		List<String> names = new ArrayList<>();
		environment.getPropertySources().forEach((source) -> names.add(source.getName()));
		return names;
	}

	/**
	 * Threads of the starter. Those of jetcd's pools end a minute after their last use.
	 */
	private static Set<String> threads() {
		Set<String> names = new HashSet<>();
		for (Thread thread : Thread.getAllStackTraces().keySet()) {
			if (thread.getName().startsWith("etcd-")) {
				names.add(thread.getName());
			}
		}
		return names;
	}

	@ConfigurationProperties("pair")
	static class Pair {

		private int first;

		int getFirst() {
			return this.first;
		}

		void setFirst(int first) {
			this.first = first;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Pair.class)
	static class Paired {

	}

}
