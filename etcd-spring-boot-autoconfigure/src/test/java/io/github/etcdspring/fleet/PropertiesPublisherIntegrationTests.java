package io.github.etcdspring.fleet;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.fleet.FleetProperty.Constraint;
import io.github.etcdspring.fleet.FleetVersion.Finding;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.operations.EtcdFleetOperations;
import io.github.etcdspring.testsupport.EtcdServer;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.StringUtils;
import org.springframework.validation.annotation.Validated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link PropertiesPublisher}.
 */
@ExtendWith(OutputCaptureExtension.class)
class PropertiesPublisherIntegrationTests {

	private static final String PREFIX = "/fleet-properties/orders/";

	private static final String KEY = PREFIX + "1.4";

	private static final FleetKeys KEYS = new FleetKeys("/fleet");

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	private EtcdFleetOperations fleet;

	@Test
	void publishesNothingByDefault() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "orders", Cache.class).run()) {
			assertThat(context.getBeansOfType(PropertiesPublisher.class)).isEmpty();
			assertThat(context.getBeansOfType(PropertyConstraints.class)).isEmpty();
			assertThat(context.getBean(EtcdFleetOperations.class).properties("orders")).isEmpty();
		}
	}

	@Test
	void publishesThePropertiesOfTheApplicationAndNoValues() {
		try (ConfigurableApplicationContext context = application("1.4", Cache.class)
			.properties("cache.name=s3cret", "cache.size=77")
			.run()) {
			awaitPublication();
			this.fleet = context.getBean(EtcdFleetOperations.class);
			assertThat(this.fleet.properties("orders")).singleElement().satisfies((published) -> {
				assertThat(published.service()).isEqualTo("orders");
				assertThat(published.version()).isEqualTo("1.4");
				assertThat(published.prefixes()).containsExactly("cache");
				assertThat(published.properties()).extracting(FleetProperty::name)
					.containsExactly("cache.name", "cache.size");
				assertThat(published.properties().get(1).constraints()).containsExactly(
						new Constraint("Max", Map.of("value", "100")), new Constraint("Min", Map.of("value", "1")));
			});
			assertThat(store.find(KEY).getValue().toString(StandardCharsets.UTF_8)).doesNotContain("s3cret", "77");
			assertThat(this.fleet.list("orders")).isEmpty();
		}
	}

	@Test
	void checksPropertiesWithoutALiveInstance() {
		try (ConfigurableApplicationContext context = application("1.4", Cache.class).run()) {
			awaitPublication();
		}
		try (ConfigurableApplicationContext context = Applications.client(etcd)) {
			this.fleet = context.getBean(EtcdFleetOperations.class);
			List<FleetVersion> versions = this.fleet.properties("orders");
			List<Finding> findings = versions.get(0).check(Map.of("cache.size", "200", "cache.naem", "a"));
			assertThat(findings).extracting(Finding::name).containsExactly("cache.naem", "cache.size");
		}
	}

	@Test
	void instancesOfOneVersionPublishOnceAndWithoutALease() {
		try (ConfigurableApplicationContext one = application("1.4", Cache.class).run();
				ConfigurableApplicationContext other = application("1.4", Cache.class).run()) {
			awaitPublication();
		}
		assertThat(store.find(KEY)).satisfies((entry) -> {
			assertThat(entry.getVersion()).isEqualTo(1);
			assertThat(entry.getLease()).isZero();
		});
	}

	@Test
	void instancesThatStartTogetherPublishOnce() {
		List<PropertiesPublisher> publishers = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			publishers.add(publisher("1.4", "{\"properties\":[]}"));
		}
		publishers.forEach(PropertiesPublisher::start);
		awaitPublication();
		publishers.forEach(PropertiesPublisher::stop);
		assertThat(store.find(KEY).getVersion()).isEqualTo(1);
	}

	@Test
	void replacesOtherPropertiesOfTheSameVersion() {
		try (ConfigurableApplicationContext context = application("1.4", Cache.class).run()) {
			awaitPublication();
		}
		try (ConfigurableApplicationContext context = application("1.4", Queue.class).run()) {
			awaitPublication();
			within(5).until(() -> store.find(KEY).getVersion() == 2);
			assertThat(versions()).singleElement()
				.satisfies((published) -> assertThat(published.properties()).extracting(FleetProperty::name)
					.containsExactly("queue.length"));
		}
	}

	@Test
	void versionsAreReadInTheReverseOrderOfTheirPublication() {
		try (ConfigurableApplicationContext one = application("1.10", Cache.class).run()) {
			awaitPublication();
			try (ConfigurableApplicationContext two = application("1.9", Queue.class).run()) {
				awaitPublication();
				assertThat(versions()).extracting(FleetVersion::version).containsExactly("1.9", "1.10");
			}
		}
	}

	@Test
	void publishesAnApplicationWithoutVersion() {
		try (ConfigurableApplicationContext context = application("", Cache.class)
			.run("--spring.application.version=")) {
			awaitPublication();
			assertThat(versions()).extracting(FleetVersion::version).containsExactly("unknown");
		}
	}

	@Test
	void keepsTheVersionsThatWerePublishedLast() {
		store.put("/fleet-properties/orders-two/1", "{}");
		for (int i = 0; i < PropertiesPublisher.MAX_VERSIONS + 5; i++) {
			store.put(PREFIX + i, "{}");
		}
		publish("1.4", "{\"properties\":[]}");
		assertThat(versions()).hasSize(PropertiesPublisher.MAX_VERSIONS)
			.extracting(FleetVersion::version)
			.startsWith("1.4", "24")
			.endsWith("6");
		assertThat(store.find("/fleet-properties/orders-two/1")).isNotNull();
	}

	@Test
	void skipsAVersionThatCannotBeRead() {
		store.put(PREFIX + "1.3", "s3cret");
		store.put(PREFIX + "1.2", "{\"properties\":[]}");
		assertThat(versions()).extracting(FleetVersion::version).containsExactly("1.2");
	}

	@Test
	void aLargeDescriptionIsNotPublishedAndLoggedOnce(CapturedOutput output) {
		publish("1.4", " ".repeat(PropertiesPublisher.MAX_BYTES + 1));
		assertThat(store.find(KEY)).isNull();
		assertThat(output).containsOnlyOnce("the maximum is 1048576");
		publish("1.4", " ".repeat(PropertiesPublisher.MAX_BYTES));
		assertThat(store.find(KEY)).isNotNull();
	}

	@Test
	void aFailedDescriptionIsLoggedOnce(CapturedOutput output) {
		PropertiesPublisher publisher = new PropertiesPublisher(store.get(), KEYS.propertiesKey("orders", "1.4"),
				KEYS.propertiesRange("orders"), () -> {
					throw new IllegalStateException("broken");
				});
		publisher.start();
		awaitEnd();
		publisher.stop();
		assertThat(output).containsOnlyOnce("Failed to describe the configuration properties");
	}

	@Test
	void missingPermissionIsLoggedOnceAndAffectsNothingElse(CapturedOutput output) {
		try (EtcdServer secured = EtcdServer.start()) {
			secured.etcdctl("role", "add", "app");
			for (String prefix : List.of("/services/", "/overrides/", "/fleet/", "/config/")) {
				secured.etcdctl("role", "grant-permission", "app", "--prefix=true", "readwrite", prefix);
			}
			secured.etcdctl("user", "add", "app:pw");
			secured.etcdctl("user", "grant-role", "app", "app");
			secured.enableAuthentication("r00t");
			try (ConfigurableApplicationContext context = Applications.plain(secured, "orders", Cache.class)
				.properties("spring.cloud.etcd.fleet.publish-properties=true", "spring.cloud.etcd.username=app",
						"spring.cloud.etcd.password=pw", "spring.cloud.etcd.discovery.version=1.4")
				.run()) {
				within(10).until(() -> output.toString().contains("are not published"));
				awaitEnd();
				assertThat(context.getBean(LeaseSession.class).status().problem()).isNull();
				assertThatExceptionOfType(EtcdConfigException.class)
					.isThrownBy(() -> context.getBean(EtcdFleetOperations.class).properties("orders"))
					.withMessageContaining(PREFIX);
			}
			assertThat(StringUtils.countOccurrencesOf(output.toString(), "are not published")).isEqualTo(1);
			assertThat(output).contains(KEY, "permission");
		}
	}

	@Test
	void publishesWhenEtcdIsAvailableAfterTheStart() {
		try (EtcdServer late = EtcdServer.start()) {
			late.kill();
			try (ConfigurableApplicationContext context = application(late, "1.4", Cache.class).run()) {
				await().during(Duration.ofSeconds(1)).until(PropertiesPublisherIntegrationTests::isRunning);
				late.restart();
				within(30).until(() -> late.etcdctl("get", "--keys-only", KEY).contains(KEY));
				awaitEnd();
			}
		}
	}

	@Test
	void closedContextLeavesNoThread() {
		try (EtcdServer away = EtcdServer.start()) {
			away.kill();
			ConfigurableApplicationContext context = application(away, "1.4", Cache.class).run();
			within(5).until(PropertiesPublisherIntegrationTests::isRunning);
			context.close();
			assertThat(isRunning()).isFalse();
		}
	}

	@Test
	void publishesAgainAfterARestart() {
		try (ConfigurableApplicationContext context = application("1.4", Cache.class).run()) {
			awaitPublication();
			store.delete(KEY);
			PropertiesPublisher publisher = context.getBean(PropertiesPublisher.class);
			publisher.stop();
			publisher.start();
			awaitPublication();
		}
	}

	private static List<FleetVersion> versions() {
		try {
			return new FleetReader(store.get(), KEYS).properties("orders");
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void publish(String version, String description) {
		PropertiesPublisher publisher = publisher(version, description);
		publisher.start();
		awaitEnd();
		publisher.stop();
	}

	private static PropertiesPublisher publisher(String version, String description) {
		return new PropertiesPublisher(store.get(), KEYS.propertiesKey("orders", version),
				KEYS.propertiesRange("orders"), () -> description.getBytes(StandardCharsets.UTF_8));
	}

	private static void awaitPublication() {
		within(5).until(() -> !versions().isEmpty());
		awaitEnd();
	}

	private static void awaitEnd() {
		within(10).until(() -> !isRunning());
	}

	private static boolean isRunning() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.anyMatch((thread) -> thread.getName().equals("etcd-fleet-properties"));
	}

	private static SpringApplicationBuilder application(String version, Class<?>... sources) {
		return application(etcd, version, sources);
	}

	private static SpringApplicationBuilder application(EtcdServer server, String version, Class<?>... sources) {
		return Applications.plain(server, "orders", sources)
			.properties("spring.cloud.etcd.fleet.publish-properties=true",
					"spring.cloud.etcd.discovery.version=" + version);
	}

	private static ConditionFactory within(long seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(CacheProperties.class)
	static class Cache {

	}

	@Validated
	@ConfigurationProperties("cache")
	record CacheProperties(@DefaultValue("1") @Min(1) @Max(100) int size, String name) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(QueueProperties.class)
	static class Queue {

	}

	@ConfigurationProperties("queue")
	public static class QueueProperties {

		private int length;

		public int getLength() {
			return this.length;
		}

		public void setLength(int length) {
			this.length = length;
		}

	}

}
