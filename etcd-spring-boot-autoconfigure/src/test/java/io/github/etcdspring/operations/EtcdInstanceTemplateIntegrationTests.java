package io.github.etcdspring.operations;

import java.time.Duration;
import java.time.Instant;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.registry.InstanceOverride;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class EtcdInstanceTemplateIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext context;

	private static EtcdInstanceOperations operations;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		context = Applications.client(etcd);
		operations = context.getBean(EtcdInstanceOperations.class);
	}

	@AfterAll
	static void stop() {
		context.close();
		etcd.close();
	}

	@BeforeEach
	void register() {
		etcd.etcdctl("put", "/services/orders/one", "10.0.0.1:80");
		await().atMost(SOON).until(() -> instances() == 1);
	}

	@AfterEach
	void clean() {
		etcd.etcdctl("del", "--prefix", "/overrides/");
		etcd.etcdctl("del", "--prefix", "/services/");
		await().atMost(SOON).until(() -> instances() == 0);
	}

	@Test
	void takesAnInstanceOutOfServiceUntilItIsCleared() {
		InstanceOverride override = operations.takeOutOfService("orders", "one", "jane", "memory leak",
				Instant.now().plus(Duration.ofHours(2)));
		await().atMost(SOON).until(() -> instances() == 0);
		assertThat(operations.list()).containsExactly(override);
		assertThat(operations.clear("orders", "one")).isTrue();
		assertThat(operations.clear("orders", "one")).isFalse();
		await().atMost(SOON).until(() -> instances() == 1);
		assertThat(operations.list()).isEmpty();
	}

	@Test
	void changesTheWeight() {
		operations.changeWeight("orders", "one", 3, "jane", "canary", inAnHour());
		await().atMost(SOON)
			.until(() -> "3".equals(
					context.getBean(DiscoveryClient.class).getInstances("orders").get(0).getMetadata().get("weight")));
	}

	@Test
	void refusesAnInstanceThatIsNotRegistered() {
		assertThatExceptionOfType(EtcdInstanceException.class)
			.isThrownBy(() -> operations.takeOutOfService("orders", "two", "jane", "leak", inAnHour()))
			.withMessageContaining("is not registered, etcd has no key /services/orders/two");
		assertThat(Keys.value(etcd, "/overrides/orders/two")).isEmpty();
	}

	@Test
	void refusesAnEndInThePastAndMissingOwnerOrReason() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> operations.takeOutOfService("orders", "one", "jane", "leak", Instant.now()))
			.withMessageContaining("'until'");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> operations.takeOutOfService("orders", "one", " ", "leak", inAnHour()))
			.withMessageContaining("'owner'");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> operations.takeOutOfService("orders", "one", "jane", "", inAnHour()))
			.withMessageContaining("'reason'");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> operations.changeWeight("orders", "one", 0, "jane", "leak", inAnHour()))
			.withMessageContaining("'weight'");
		assertThat(operations.list()).isEmpty();
	}

	@Test
	void refusesAnInstanceWithAnOverrideOfAnotherOwner() {
		operations.takeOutOfService("orders", "one", "jane", "leak", inAnHour());
		assertThatExceptionOfType(EtcdInstanceException.class)
			.isThrownBy(() -> operations.changeWeight("orders", "one", 2, "joe", "canary", inAnHour()))
			.withMessageContaining("it has an override of jane until");
		operations.changeWeight("orders", "one", 2, "jane", "canary", inAnHour());
		assertThat(operations.list()).singleElement().extracting(InstanceOverride::weight).isEqualTo(2);
	}

	@Test
	void roleWithoutThePrefixDiscoversAsBeforeAndFailsToWriteWithTheRemedy(CapturedOutput output) {
		try (EtcdServer secured = EtcdServer.builder().arguments("--bcrypt-cost=4").start()) {
			secured.etcdctl("role", "add", "orders");
			secured.etcdctl("role", "grant-permission", "orders", "--prefix=true", "readwrite", "/services/");
			secured.etcdctl("user", "add", "orders:secret");
			secured.etcdctl("user", "grant-role", "orders", "orders");
			secured.enableAuthentication("root");
			try (ConfigurableApplicationContext application = Applications.plain(secured, "orders")
				.properties("spring.cloud.etcd.username=orders", "spring.cloud.etcd.password=secret",
						"spring.cloud.etcd.discovery.instance-id=one", "spring.cloud.etcd.discovery.fail-fast=true")
				.run()) {
				await().atMost(SOON)
					.until(() -> application.getBean(DiscoveryClient.class).getInstances("orders").size() == 1);
				await().atMost(SOON)
					.untilAsserted(() -> assertThat(output).containsOnlyOnce("The watch of etcd keys /overrides/"));
				assertThatExceptionOfType(EtcdInstanceException.class)
					.isThrownBy(() -> application.getBean(EtcdInstanceOperations.class)
						.takeOutOfService("orders", "one", "jane", "leak", inAnHour()))
					.withMessageContaining("permission denied")
					.withMessageContaining("grant-permission");
				secured.etcdctl("role", "grant-permission", "orders", "--prefix=true", "read", "/overrides/");
				secured.etcdctl("put", "/overrides/orders/one",
						"{\"owner\":\"jane\",\"reason\":\"leak\",\"outOfService\":true,\"until\":\"" + inAnHour()
								+ "\"}");
				await().atMost(Duration.ofSeconds(20))
					.until(() -> application.getBean(DiscoveryClient.class).getInstances("orders").isEmpty());
				await().atMost(SOON)
					.untilAsserted(() -> assertThat(output)
						.containsOnlyOnce("The key /overrides/orders/one cannot be bound to the lease"));
				assertThat(output).doesNotContain("Registration in etcd is failing");
			}
		}
	}

	private static Instant inAnHour() {
		return Instant.now().plus(Duration.ofHours(1));
	}

	private static int instances() {
		return context.getBean(DiscoveryClient.class).getInstances("orders").size();
	}

}
