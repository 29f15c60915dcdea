package io.github.etcdspring.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.PlainApplication;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class InstanceOverridesIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static final Duration TTL = Duration.ofSeconds(3);

	/** Shorter than the time that an override outlives its key. */
	private static final Duration SETTLING = Duration.ofMillis(400);

	private static final String KEY = "/overrides/orders/one";

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext caller;

	private ConfigurableApplicationContext one;

	private ConfigurableApplicationContext two;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		caller = Applications.client(etcd, Caller.class);
	}

	@AfterAll
	static void stop() {
		caller.close();
		etcd.close();
	}

	@BeforeEach
	void startInstances() {
		this.one = instance("one");
		this.two = instance("two");
		await().atMost(SOON).until(() -> called().equals(List.of("one", "two")));
	}

	@AfterEach
	void stopInstances() {
		etcd.thaw();
		this.one.close();
		this.two.close();
		etcd.etcdctl("del", "--prefix", "/overrides/");
		await().atMost(SOON).until(() -> called().isEmpty());
	}

	@Test
	void instanceOutOfServiceIsNotCalledUntilTheOverrideIsDeleted(CapturedOutput output) {
		RestClient client = caller.getBean(RestClient.Builder.class).build();
		putOutOfService(Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> called().equals(List.of("two")));
		for (int i = 0; i < 10; i++) {
			assertThat(client.get().uri("http://orders/").retrieve().body(String.class)).isEqualTo("two");
		}
		assertThat(catalog().instances().get("orders")).extracting(EtcdServiceInstance::status)
			.containsExactly("OUT_OF_SERVICE", "UP");
		assertThat(catalog().overrides()).singleElement().satisfies((override) -> {
			assertThat(override.owner()).isEqualTo("jane");
			assertThat(override.reason()).isEqualTo("memory leak");
		});
		await().atMost(SOON)
			.untilAsserted(() -> assertThat(output).containsPattern(
					"WARN .*Instance one of service 'orders' is out of service until .*Z, by decision of jane: memory leak"));
		etcd.etcdctl("del", KEY);
		await().atMost(SOON).until(() -> called().equals(List.of("one", "two")));
		await().atMost(SOON)
			.untilAsserted(() -> assertThat(output)
				.containsPattern("INFO .*The override of instance one of service 'orders' has ended"));
	}

	@Test
	void overrideOfTheLastInstanceIsHonored() {
		this.two.close();
		putOutOfService(Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> called().isEmpty());
		assertThat(caller.getBean(DiscoveryClient.class).getServices()).doesNotContain("orders");
	}

	@Test
	void weightIsReplaced() {
		put("one", "\"weight\":7", Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> "7".equals(metadata("one").get("weight")));
		assertThat(called()).containsExactly("one", "two");
		assertThat(metadata("two")).doesNotContainKey("weight");
	}

	@Test
	void endsByItselfAndIsDeletedByTheInstance() {
		long before = System.nanoTime();
		putOutOfService(Duration.ofSeconds(3));
		await().atMost(SOON).until(() -> called().equals(List.of("two")));
		await().atMost(SOON).until(() -> called().equals(List.of("one", "two")));
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(2900));
		await().atMost(SOON).until(() -> Keys.value(etcd, KEY).isEmpty());
	}

	@Test
	void endsByItselfWhileEtcdHangs() {
		putOutOfService(Duration.ofSeconds(3));
		await().atMost(SOON).until(() -> called().equals(List.of("two")));
		etcd.freeze();
		await().atMost(SOON).until(() -> called().equals(List.of("one", "two")));
		etcd.thaw();
	}

	@Test
	void isShownToTheInstance() {
		putOutOfService(Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> status(this.one).override() != null);
		assertThat(status(this.one).status()).isEqualTo("UP");
		assertThat(status(this.one).override()).extracting(InstanceOverride::owner, InstanceOverride::outOfService)
			.containsExactly("jane", true);
		assertThat(status(this.two).override()).isNull();
	}

	@Test
	void isBoundToTheLeaseOfTheInstanceAndDeletedWhenItStops() {
		putOutOfService(Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> isAdopted());
		this.one.close();
		assertThat(Keys.value(etcd, KEY)).isEmpty();
		this.one = instance("one");
		await().atMost(SOON).until(() -> called().equals(List.of("one", "two")));
	}

	@Test
	void isDeletedWithAKilledInstance() throws Exception {
		this.one.close();
		try (JavaProcess process = JavaProcess.start(PlainApplication.class, "--spring.application.name=orders",
				"--spring.main.web-application-type=none", "--spring.main.keep-alive=true",
				"--spring.cloud.etcd.discovery.instance-id=one", "--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
				"--spring.cloud.etcd.discovery.port=9999",
				"--spring.cloud.etcd.discovery.ttl=" + TTL.toSeconds() + "s")) {
			await().atMost(JavaProcess.START_TIMEOUT).until(() -> called().size() == 2);
			putOutOfService(Duration.ofMinutes(5));
			await().atMost(SOON).until(() -> isAdopted());
			process.kill();
			await().atMost(TTL.plusSeconds(2)).until(() -> Keys.value(etcd, KEY).isEmpty());
		}
	}

	@Test
	void survivesTheLossOfTheLeaseWithoutACallInBetween() {
		putOutOfService(Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> isAdopted());
		await().atMost(SOON).until(() -> called().equals(List.of("two")));
		AtomicInteger called = new AtomicInteger();
		observe(called);
		for (String lease : Keys.leases(etcd)) {
			etcd.etcdctl("lease", "revoke", lease);
		}
		await().atMost(SOON).until(() -> catalog().instances().getOrDefault("orders", List.of()).size() == 2);
		await().atMost(SOON).until(() -> isAdopted());
		assertThat(called()).containsExactly("two");
		assertThat(called).hasValue(0);
		assertThat(status(this.one).override()).isNotNull();
	}

	@Test
	void survivesTheDeletionOfTheInstanceKey() {
		putOutOfService(Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> isAdopted());
		etcd.etcdctl("del", "/services/orders/one");
		await().atMost(SOON).until(() -> !Keys.value(etcd, "/services/orders/one").isEmpty());
		await().during(Duration.ofSeconds(1)).atMost(SOON).until(() -> called().equals(List.of("two")));
	}

	@Test
	void deletionByAnOperatorIsFinal() {
		putOutOfService(Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> isAdopted());
		etcd.etcdctl("del", KEY);
		await().atMost(SOON).until(() -> called().equals(List.of("one", "two")));
		await().during(TTL).atMost(SOON).until(() -> Keys.value(etcd, KEY).isEmpty());
		for (String lease : Keys.leases(etcd)) {
			etcd.etcdctl("lease", "revoke", lease);
		}
		await().atMost(SOON).until(() -> Keys.of(etcd, "orders").size() == 2);
		await().during(TTL).atMost(SOON).until(() -> Keys.value(etcd, KEY).isEmpty());
	}

	@Test
	void changeByAnOperatorReplacesTheOverride() {
		putOutOfService(Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> isAdopted());
		put("one", "\"weight\":2", Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> called().equals(List.of("one", "two")));
		assertThat(metadata("one")).containsEntry("weight", "2");
		await().atMost(SOON).until(() -> isAdopted());
		assertThat(Keys.value(etcd, KEY)).contains("\"weight\":2");
	}

	@Test
	void overrideOfAnEarlierProcessIsIgnoredAndDeleted(CapturedOutput output) {
		this.one.close();
		await().atMost(SOON).until(() -> called().equals(List.of("two")));
		putOutOfService(Duration.ofMinutes(5));
		this.one = instance("one");
		await().atMost(SOON).until(() -> called().equals(List.of("one", "two")));
		await().atMost(SOON).until(() -> Keys.value(etcd, KEY).isEmpty());
		assertThat(called()).containsExactly("one", "two");
		assertThat(output).doesNotContain("is out of service until")
			.contains("Deleted the etcd key " + KEY + ", which concerned an earlier process of this instance");
	}

	@Test
	void appliesToInstancesOfOtherClientsUntilTheyAreRegisteredAgain() {
		etcd.etcdctl("put", "/services/orders/node", "10.0.0.1:80");
		await().atMost(SOON).until(() -> called().contains("node"));
		put("node", "\"outOfService\":true", Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> !called().contains("node"));
		etcd.etcdctl("put", "/services/orders/node", "10.0.0.1:81");
		await().atMost(SOON)
			.until(() -> catalog().instances().get("orders").stream().anyMatch((found) -> found.port() == 81));
		assertThat(called()).doesNotContain("node");
		etcd.etcdctl("del", "/services/orders/node");
		etcd.etcdctl("put", "/services/orders/node", "10.0.0.1:80");
		await().atMost(SOON).until(() -> called().contains("node"));
		etcd.etcdctl("del", "/services/orders/node");
	}

	@Test
	void appliesWhicheverOfTheKeysOfALostLeaseIsReportedFirst() {
		String instance = "/services/orders/node";
		String override = "/overrides/orders/node";
		putWithLease(instance, "10.0.0.1:80", lease());
		await().atMost(SOON).until(() -> called().contains("node"));
		putWithLease(override, override("\"outOfService\":true", Duration.ofMinutes(5)), lease());
		await().atMost(SOON).until(() -> !called().contains("node"));
		etcd.etcdctl("del", override);
		await().during(SETTLING).atMost(SOON).until(() -> !called().contains("node"));
		etcd.etcdctl("del", instance);
		await().during(SETTLING).atMost(SOON).until(() -> !called().contains("node"));
		String lease = lease();
		putWithLease(instance, "10.0.0.1:80", lease);
		await().during(SETTLING).atMost(SOON).until(() -> !called().contains("node"));
		putWithLease(override, override("\"outOfService\":true", Duration.ofMinutes(5)), lease);
		await().during(SETTLING.multipliedBy(4)).atMost(SOON).until(() -> !called().contains("node"));
		etcd.etcdctl("del", override);
		await().atMost(SOON).until(() -> called().contains("node"));
		etcd.etcdctl("del", instance);
	}

	@Test
	void invalidOverrideIsSkippedAndNamed(CapturedOutput output) {
		etcd.etcdctl("put", KEY, "{\"owner\":\"jane\",\"reason\":\"s3cret\",\"outOfService\":true}");
		await().atMost(SOON)
			.untilAsserted(() -> assertThat(output)
				.contains("The etcd key " + KEY + " holds no override and is skipped: 'until' must be a time"));
		assertThat(called()).containsExactly("one", "two");
		assertThat(output).doesNotContain("s3cret");
		putOutOfService(Duration.ofMinutes(5));
		await().atMost(SOON).until(() -> called().equals(List.of("two")));
	}

	private static ConfigurableApplicationContext instance(String id) {
		return Applications.servlet(etcd, "orders")
			.properties("spring.cloud.etcd.discovery.instance-id=" + id, "spring.cloud.etcd.discovery.ttl=3s")
			.run();
	}

	private static void putOutOfService(Duration duration) {
		put("one", "\"outOfService\":true", duration);
	}

	private static void put(String id, String effect, Duration duration) {
		etcd.etcdctl("put", "/overrides/orders/" + id, override(effect, duration));
	}

	private static String override(String effect, Duration duration) {
		return "{\"owner\":\"jane\",\"reason\":\"memory leak\",\"until\":\"" + Instant.now().plus(duration) + "\","
				+ effect + "}";
	}

	private static String lease() {
		return etcd.etcdctl("lease", "grant", "60").split(" ", -1)[1];
	}

	private static void putWithLease(String key, String value, String lease) {
		etcd.etcdctl("put", "--lease=" + lease, key, value);
	}

	private static boolean isAdopted() {
		return Keys.leases(etcd)
			.stream()
			.anyMatch((lease) -> etcd.etcdctl("lease", "timetolive", "--keys", lease).contains(KEY));
	}

	private static ServiceCatalog catalog() {
		return caller.getBean(ServiceCatalog.class);
	}

	private static void observe(AtomicInteger called) {
		Thread thread = new Thread(() -> {
			long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
			while (System.nanoTime() < end) {
				if (called().contains("one")) {
					called.incrementAndGet();
				}
				LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
			}
		});
		thread.setDaemon(true);
		thread.start();
	}

	private static List<String> called() {
		return caller.getBean(DiscoveryClient.class)
			.getInstances("orders")
			.stream()
			.map(ServiceInstance::getInstanceId)
			.toList();
	}

	private static Map<String, String> metadata(String id) {
		return caller.getBean(DiscoveryClient.class)
			.getInstances("orders")
			.stream()
			.filter((instance) -> id.equals(instance.getInstanceId()))
			.findFirst()
			.orElseThrow()
			.getMetadata();
	}

	private static RegistrationStatus status(ConfigurableApplicationContext context) {
		return context.getBean(EtcdServiceRegistry.class).registrations().get(0);
	}

	@Configuration(proxyBeanMethods = false)
	static class Caller {

		@Bean
		@LoadBalanced
		RestClient.Builder builder() {
			return RestClient.builder();
		}

	}

}
