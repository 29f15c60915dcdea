package io.github.etcdspring.config;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link EtcdConfigEnvironmentPostProcessor} with the various
 * configuration sources of Spring Boot.
 */
@ExtendWith(OutputCaptureExtension.class)
class EtcdConfigEnvironmentPostProcessorIntegrationTests {

	private static final String NOTHING_LISTENS = "http://127.0.0.1:1";

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection connection;

	@TempDir
	private Path directory;

	@Test
	void connectsToTheEndpointsOfAProfile(CapturedOutput output) throws IOException {
		connection.put("/config/orders/greeting", "hello");
		file("application.yml", "spring.config.import: 'etcd:'");
		file("application-prod.yml", "spring.cloud.etcd.endpoints: " + etcd.endpoint());
		try (ConfigurableApplicationContext context = run("spring.profiles.active=prod")) {
			assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
		}
		assertThat(output).contains("Imported 1 property from etcd keys");
	}

	@Test
	void readsOnlyFromTheEtcdOfTheProfile() throws IOException {
		connection.put("/config/orders/greeting", "right");
		try (EtcdServer other = EtcdServer.start(); TestConnection wrong = TestConnection.to(other.endpoint())) {
			wrong.put("/config/orders/greeting", "wrong");
			wrong.put("/config/orders/only", "wrong");
			file("application.yml", """
					spring.config.import: 'etcd:'
					spring.cloud.etcd.endpoints: %s
					---
					spring.config.activate.on-profile: prod
					spring.cloud.etcd.endpoints: %s
					""".formatted(other.endpoint(), etcd.endpoint()));
			try (ConfigurableApplicationContext context = run("spring.profiles.active=prod")) {
				assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("right");
				assertThat(context.getEnvironment().getProperty("only")).isNull();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "etcd:", "optional:etcd:" })
	void startsAtOnceAndSilentlyIfAProfileDisablesEtcd(String location, CapturedOutput output) throws IOException {
		file("application.yml", "spring.config.import: '" + location + "'\nspring.cloud.etcd.endpoints: "
				+ NOTHING_LISTENS + "\nspring.cloud.etcd.startup-timeout: 60s\nspring.cloud.etcd.request-timeout: 60s");
		file("application-test.yml", "spring.cloud.etcd.enabled: false");
		long start = System.nanoTime();
		try (ConfigurableApplicationContext context = run("spring.profiles.active=test")) {
			assertThat(context.getEnvironment().getPropertySources())
				.noneMatch(EtcdConfigDataLoader.Placeholder.class::isInstance);
		}
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(50));
		assertThat(output).doesNotContain(".etcdspring.");
	}

	@Test
	void readsNameAndPrefixOfAProfile() throws IOException {
		connection.put("/teams/shop/greeting", "hello");
		file("application.yml", "spring.config.import: 'etcd:'\nspring.cloud.etcd.endpoints: " + etcd.endpoint());
		file("application-prod.yml", "spring.cloud.etcd.config:\n  prefix: /teams\n  name: shop\n");
		try (ConfigurableApplicationContext context = run("spring.profiles.active=prod")) {
			assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
		}
	}

	@Test
	void resolvesPlaceholdersFromAnotherImport() throws IOException {
		connection.put("/config/orders/greeting", "hello");
		Path secrets = Files.createDirectory(this.directory.resolve("secrets"));
		Files.writeString(secrets.resolve("etcd-port"), String.valueOf(etcd.port()));
		file("application.yml", """
				spring.config.import: 'configtree:%s/,etcd:'
				spring.cloud.etcd.endpoints: http://${etcd-host}:${etcd-port}
				---
				spring.config.activate.on-profile: prod
				etcd-host: 127.0.0.1
				""".formatted(secrets));
		try (ConfigurableApplicationContext context = run("spring.profiles.active=prod")) {
			assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
		}
	}

	@Test
	void connectsToAnIpv6Address() throws IOException {
		assumeThat(NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses))
			.anyMatch((address) -> address.isLoopbackAddress() && address instanceof Inet6Address);
		try (EtcdServer server = EtcdServer.builder().ipv6().start()) {
			server.etcdctl("put", "/config/orders/greeting", "hello");
			file("application.yml",
					"spring.config.import: 'etcd:'\nspring.cloud.etcd.endpoints: 'http://127.0.0.1:1,http://[::1]:"
							+ server.port() + "'");
			try (ConfigurableApplicationContext context = run()) {
				assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "endpoints", "username", "password", "namespace", "target", "authority" })
	void namesAnUnresolvablePlaceholder(String property, CapturedOutput output) throws IOException {
		file("application.yml", "spring.config.import: 'etcd:'");
		assertThatException().isThrownBy(() -> run("spring.cloud.etcd." + property + "=secret${etcd-value}"));
		assertThat(output).contains("APPLICATION FAILED TO START", "spring.cloud.etcd." + property, "${etcd-value}")
			.doesNotContain("secret");
	}

	@Test
	void importsSeveralPrefixesOfOneLocation() throws IOException {
		connection.put("/a/first", "a");
		connection.put("/a/both", "a");
		connection.put("/b/both", "b");
		file("application.yml",
				"spring.config.import: 'etcd:/a/;/b/'\nspring.cloud.etcd.endpoints: " + etcd.endpoint());
		try (ConfigurableApplicationContext context = run()) {
			assertThat(context.getEnvironment().getProperty("first")).isEqualTo("a");
			assertThat(context.getEnvironment().getProperty("both")).isEqualTo("b");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "etcd:http://root:secret@127.0.0.1:2379/teams/blue", "etcd://127.0.0.1:2379/teams/blue" })
	void rejectsAnAddressInALocationAndNamesTheRemedy(String location, CapturedOutput output) throws IOException {
		file("application.yml", "spring.config.import: '" + location + "'");
		assertThatException().isThrownBy(this::run);
		assertThat(output)
			.contains("APPLICATION FAILED TO START", "spring.cloud.etcd.endpoints=http://127.0.0.1:2379",
					"spring.config.import=etcd:/teams/blue")
			.doesNotContain("secret");
	}

	@Test
	void suggestsSimilarPrefixes(CapturedOutput output) throws IOException {
		connection.put("/config/Orders/greeting", "hello");
		file("application.yml", "spring.config.import: 'etcd:'\nspring.cloud.etcd.endpoints: " + etcd.endpoint());
		try (ConfigurableApplicationContext context = run("spring.cloud.etcd.config.prefix=config")) {
			assertThat(context.getEnvironment().getProperty("greeting")).isNull();
		}
		assertThat(output).contains("Imported 0 properties from etcd keys [config/application/, config/orders/, ",
				"etcd has no keys under", "but it has keys under [/config/Orders/]");
	}

	@Test
	void importsTheContextsOfSeveralNamesInOrder() throws IOException {
		connection.put("/config/shop/both", "shop");
		connection.put("/config/orders/both", "orders");
		connection.put("/config/orders/own", "orders");
		file("application.yml", "spring.config.import: 'etcd:'\nspring.cloud.etcd.endpoints: " + etcd.endpoint());
		try (ConfigurableApplicationContext context = run("spring.cloud.etcd.config.name=orders,shop")) {
			assertThat(context.getEnvironment().getProperty("both")).isEqualTo("shop");
			assertThat(context.getEnvironment().getProperty("own")).isEqualTo("orders");
		}
	}

	@Test
	void explicitPrefixImportsProfilesOnRequest() throws IOException {
		connection.put("/teams/blue/first", "base");
		connection.put("/teams/blue/both", "base");
		connection.put("/teams/blue,prod/both", "prod");
		file("application.yml",
				"spring.config.import: 'etcd:/teams/blue/?profiles'\nspring.cloud.etcd.endpoints: " + etcd.endpoint());
		try (ConfigurableApplicationContext context = run("spring.profiles.active=prod")) {
			assertThat(context.getEnvironment().getProperty("first")).isEqualTo("base");
			assertThat(context.getEnvironment().getProperty("both")).isEqualTo("prod");
		}
	}

	@Test
	void variantsTakePrecedenceOverProfiles() throws IOException {
		connection.put("/config/orders,prod/value", "prod");
		connection.put("/config/application;zone=a/value", "all of the zone");
		connection.put("/config/orders;zone=a/value", "zone");
		connection.put("/config/orders;zone=b/other", "another zone");
		connection.put("/config/orders;version=2/version", "two");
		file("application.yml", "spring.config.import: 'etcd:'\nspring.cloud.etcd.endpoints: " + etcd.endpoint());
		try (ConfigurableApplicationContext context = run("spring.profiles.active=prod",
				"spring.cloud.etcd.config.variants=zone,version", "spring.cloud.etcd.discovery.instance-zone=a",
				"spring.cloud.etcd.discovery.version=2")) {
			assertThat(context.getEnvironment().getProperty("value")).isEqualTo("zone");
			assertThat(context.getEnvironment().getProperty("version")).isEqualTo("two");
			assertThat(context.getEnvironment().getProperty("other")).isNull();
			connection.put("/config/orders;version=2/value", "version");
			await().atMost(Duration.ofSeconds(5))
				.until(() -> "version".equals(context.getEnvironment().getProperty("value")));
		}
	}

	@Test
	void variantWithoutAValueFailsTheStart(CapturedOutput output) throws IOException {
		file("application.yml", "spring.config.import: 'etcd:'\nspring.cloud.etcd.endpoints: " + etcd.endpoint());
		assertThatException().isThrownBy(() -> run("spring.cloud.etcd.config.variants=zone"));
		assertThat(output).contains("APPLICATION FAILED TO START", "spring.cloud.etcd.discovery.instance-zone");
	}

	@Test
	void importIsOptionalIfMissingConfigurationIsIgnored(CapturedOutput output) throws IOException {
		file("application.yml", "spring.config.import: 'etcd:'\nspring.cloud.etcd.endpoints: " + NOTHING_LISTENS);
		try (ConfigurableApplicationContext context = run("spring.config.on-not-found=ignore",
				"spring.cloud.etcd.request-timeout=500ms")) {
			assertThat(context.isRunning()).isTrue();
		}
		assertThat(output).contains("applied as soon as etcd is available");
	}

	@Test
	void importOutsideOfFilesTakesPrecedenceOverAllFiles() throws IOException {
		for (String context : List.of("application", "orders", "application,prod", "orders,prod")) {
			connection.put("/config/" + context + "/" + context.replace(',', '-'), "etcd");
			connection.put("/config/" + context + "/value", context);
		}
		connection.put("/config/orders/file", "etcd");
		connection.put("/config/orders/shared", "orders");
		connection.put("/config/application,prod/shared", "application,prod");
		file("application.yml", "file: application");
		file("application-prod.yml", "file: application-prod");
		try (ConfigurableApplicationContext context = run("spring.profiles.active=prod", "spring.config.import=etcd:",
				"spring.cloud.etcd.endpoints=" + etcd.endpoint())) {
			assertThat(context.getEnvironment().getProperty("value")).isEqualTo("orders,prod");
			assertThat(context.getEnvironment().getProperty("shared")).isEqualTo("application,prod");
			assertThat(context.getEnvironment().getProperty("file")).isEqualTo("etcd");
		}
	}

	private void file(String name, String text) throws IOException {
		Files.writeString(this.directory.resolve(name), text);
	}

	private ConfigurableApplicationContext run(String... properties) {
		List<String> arguments = new ArrayList<>(List.of("--spring.config.location=" + this.directory.toUri(),
				"--spring.application.name=orders", "--spring.cloud.etcd.discovery.enabled=false",
				"--spring.main.banner-mode=off", "--spring.main.register-shutdown-hook=false"));
		for (String property : properties) {
			arguments.add("--" + property);
		}
		return new SpringApplicationBuilder(ConfiguredApplication.class).web(WebApplicationType.NONE)
			.run(arguments.toArray(String[]::new));
	}

}
