package io.github.etcdspring.fleet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.registry.EtcdRegistration;
import io.github.etcdspring.testsupport.EtcdServer;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
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

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link FleetPublisher}.
 */
@ExtendWith(OutputCaptureExtension.class)
class FleetPublisherIntegrationTests {

	private static final String SIZE = "/config/orders/cache/size";

	private static final String KEY = "/fleet/orders/one";

	private static final FleetKeys KEYS = new FleetKeys("/fleet");

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	@Test
	void publishesAppliedAndRejectedRevisions() {
		long first = put(SIZE, "1");
		try (ConfigurableApplicationContext context = run("version=1.4", "instance-zone=a")) {
			within(5).until(() -> published() != null);
			assertThat(published())
				.isEqualTo(new FleetInstance(
						"orders", "one", "1.4", "a", List.of("/config/application/", "/config/orders/",
								"/config/application,default/", "/config/orders,default/"),
						first, first, null, List.of()));
			long second = put(SIZE, "2");
			within(5).until(() -> published().hasApplied(second));
			long invalid = put(SIZE, "s3cret");
			within(5).until(() -> published().hasRejected(invalid));
			assertThat(published()).satisfies((instance) -> {
				assertThat(instance.appliedRevision()).isEqualTo(second);
				assertThat(instance.seenRevision()).isEqualTo(invalid);
				assertThat(instance.rejected().key()).isEqualTo(SIZE);
				assertThat(instance.rejected().reason()).contains("cache.size");
			});
			assertThat(store.find(KEY).getValue().toString()).doesNotContain("s3cret");
			long third = put(SIZE, "3");
			within(5).until(() -> published().hasApplied(third));
			assertThat(published().rejected()).isNull();
			assertThat(store.find(KEY).getLease()).isEqualTo(context.getBean(LeaseSession.class).status().lease());
		}
		assertThat(store.find(KEY)).isNull();
	}

	@Test
	void publishesRevisionOfAChangeThatAffectsNoProperty() {
		store.put(SIZE, "1");
		try (ConfigurableApplicationContext context = run()) {
			within(5).until(() -> published() != null);
			long same = put(SIZE, "1");
			within(5).until(() -> published().hasApplied(same));
			assertThat(context.getBean(ConfigRefresh.class).status().applied()).isZero();
		}
	}

	@Test
	void writesOnceASecondDuringABurst() {
		store.put(SIZE, "0");
		try (ConfigurableApplicationContext context = run()) {
			within(5).until(() -> published() != null);
			long before = store.find(KEY).getVersion();
			long begin = System.nanoTime();
			long last = 0;
			for (int i = 1; i <= 60; i++) {
				last = put(SIZE, "" + i);
				await().pollDelay(Duration.ofMillis(50)).until(() -> true);
			}
			long end = last;
			within(5).until(() -> published().hasApplied(end));
			double seconds = (System.nanoTime() - begin) / 1e9;
			assertThat(store.find(KEY).getVersion() - before).isBetween(2L, (long) seconds + 2);
		}
	}

	@Test
	void keyIsWrittenAgainAfterItsDeletionAndTheLossOfTheLease() {
		try (ConfigurableApplicationContext context = run()) {
			within(5).until(() -> published() != null && Keys.of(etcd, "orders").size() == 1);
			store.delete(KEY);
			within(5).until(() -> published() != null);
			LeaseSession session = context.getBean(LeaseSession.class);
			store.revokeLease(session.status().lease());
			within(5).until(() -> session.status().losses() == 1 && published() != null
					&& store.find(KEY).getLease() == session.status().lease());
			assertThat(Keys.of(etcd, "orders")).hasSize(1);
		}
	}

	@Test
	void oneThreadWatchesAllOwnKeys() {
		try (ConfigurableApplicationContext context = run()) {
			within(5).until(() -> published() != null);
			assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
				.containsOnlyOnce("etcd-mirror-own-keys");
			within(5).untilAsserted(() -> assertThat(context.getBean(LeaseSession.class).watches()).singleElement()
				.satisfies((watch) -> assertThat(watch.keys()).containsExactlyInAnyOrder("/services/orders/one", KEY)));
		}
	}

	@Test
	void applicationWithoutDiscoveryPublishesUnderALeaseOfItsOwn() {
		store.put(SIZE, "1");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:", List.of(Cache.class),
				"spring.cloud.etcd.discovery.instance-id=one")) {
			within(5).until(() -> published() != null);
			assertThat(context.getBean(LeaseSession.class).status().problem()).isNull();
		}
		assertThat(store.find(KEY)).isNull();
		assertThat(Keys.leases(etcd)).isEmpty();
	}

	@Test
	void applicationWithoutImportAndDisabledFleetPublishNothing() {
		store.put(SIZE, "1");
		try (ConfigurableApplicationContext without = Applications.plain(etcd, "orders").run();
				ConfigurableApplicationContext disabled = application()
					.properties("spring.cloud.etcd.fleet.enabled=false")
					.run()) {
			assertThat(without.getBeansOfType(FleetPublisher.class)).isEmpty();
			assertThat(disabled.getBeansOfType(FleetPublisher.class)).isEmpty();
		}
	}

	@Test
	void missingPermissionIsLoggedOnceAndAffectsNothingElse(CapturedOutput output) {
		try (EtcdServer secured = EtcdServer.start()) {
			secured.etcdctl("put", SIZE, "1");
			secured.etcdctl("role", "add", "app");
			secured.etcdctl("role", "grant-permission", "app", "--prefix=true", "readwrite", "/services/");
			secured.etcdctl("role", "grant-permission", "app", "--prefix=true", "read", "/overrides/");
			secured.etcdctl("role", "grant-permission", "app", "--prefix=true", "readwrite", "/config/");
			secured.etcdctl("user", "add", "app:pw");
			secured.etcdctl("user", "grant-role", "app", "app");
			secured.enableAuthentication("r00t");
			try (ConfigurableApplicationContext context = Applications.plain(secured, "orders", Cache.class)
				.properties("spring.config.import=etcd:", "spring.cloud.etcd.username=app",
						"spring.cloud.etcd.password=pw", "spring.cloud.etcd.discovery.ttl=2s")
				.run(); TestConnection app = TestConnection.to(secured.endpoint(), "username=app", "password=pw")) {
				within(5).until(() -> output.toString().contains("/fleet/orders/"));
				LeaseSession session = context.getBean(LeaseSession.class);
				for (int i = 2; i < 6; i++) {
					String size = String.valueOf(i);
					app.put(SIZE, size);
					within(5).until(() -> size.equals(context.getEnvironment().getProperty("cache.size")));
					await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
				}
				assertThat(session.status().problem()).isNull();
				assertThat(session.status().losses()).isZero();
				assertThat(session.heldSince("/services/orders/" + instance(context))).isNotNull();
			}
			assertThat(StringUtils.countOccurrencesOf(output.toString(), "is not written")).isEqualTo(1);
			assertThat(output).contains("permission", "spring.cloud.etcd.fleet.enabled=false")
				.doesNotContain("Registration in etcd is failing");
		}
	}

	private static String instance(ConfigurableApplicationContext context) {
		return context.getBean(EtcdRegistration.class).getInstanceId();
	}

	private static long put(String key, String value) {
		store.put(key, value);
		return store.find(key).getModRevision();
	}

	private static @Nullable FleetInstance published() {
		KeyValue found = store.find(KEY);
		return (found != null) ? Objects.requireNonNull(KEYS.read(found)) : null;
	}

	private static SpringApplicationBuilder application() {
		return Applications.plain(etcd, "orders", Cache.class).properties("spring.config.import=optional:etcd:");
	}

	private static ConfigurableApplicationContext run(String... properties) {
		List<String> all = new ArrayList<>(List.of("spring.cloud.etcd.discovery.instance-id=one"));
		for (String property : properties) {
			all.add("spring.cloud.etcd.discovery." + property);
		}
		return application().properties(all.toArray(String[]::new)).run();
	}

	private static ConditionFactory within(long seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Properties.class)
	static class Cache {

	}

	@ConfigurationProperties("cache")
	record Properties(@DefaultValue("0") int size) {

	}

}
