package io.github.etcdspring.actuate;

import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

class DiscoveryHealthIndicatorIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		context = Applications.client(etcd);
	}

	@AfterAll
	static void stop() {
		context.close();
		etcd.close();
	}

	@Test
	void reportsStaleCatalogUntilEtcdRecovers() {
		etcd.etcdctl("put", "/services/orders/1", "10.0.0.1:80");
		etcd.etcdctl("put", "/services/orders/bad", "s3cret");
		await().atMost(SOON).until(() -> details().get("services").equals(1));
		assertThat(health("discovery").getStatus()).isEqualTo(Status.UP);
		assertThat(details()).containsEntry("skippedKeys", 1)
			.containsEntry("revision", etcd.revision())
			.containsOnlyKeys("revision", "services", "skippedKeys", "syncedSince");
		Instant before = Instant.now();
		etcd.kill();
		await().atMost(SOON).until(() -> health("discovery").getStatus().equals(Status.UNKNOWN));
		Instant since = (Instant) details().get("staleSince");
		assertThat(since).isBetween(before, Instant.now());
		assertThat(details()).containsEntry("services", 1).containsKey("problem").doesNotContainKey("syncedSince");
		assertThat(context.getBean(HealthEndpoint.class).health().getStatus()).isEqualTo(Status.UP);
		etcd.restart();
		await().atMost(Duration.ofSeconds(20)).until(() -> health("discovery").getStatus().equals(Status.UP));
		assertThat(details()).doesNotContainKey("problem");
	}

	@Test
	void reportsInstancesThatAreEjected() {
		etcd.etcdctl("put", "/services/dead/1", "127.0.0.1:1");
		LoadBalancerClient client = context.getBean(LoadBalancerClient.class);
		await().atMost(SOON).until(() -> client.choose("dead") != null);
		assertThatIOException().isThrownBy(() -> client.execute("dead", (instance) -> {
			throw new ConnectException("Connection refused");
		}));
		assertThat(details()).containsEntry("ejected", 1);
		etcd.etcdctl("del", "/services/dead/1");
		await().atMost(SOON).until(() -> !details().containsKey("ejected"));
	}

	@Test
	void discoveryClientIsUpWithoutRegistration() {
		await().atMost(SOON)
			.untilAsserted(() -> assertThat(
					context.getBean(HealthEndpoint.class).healthForPath("discoveryComposite").getStatus())
				.isEqualTo(Status.UP));
		await().atMost(SOON)
			.untilAsserted(() -> assertThat(
					context.getBean(HealthEndpoint.class).healthForPath("reactiveDiscoveryClients").getStatus())
				.isEqualTo(Status.UP));
	}

	private static Map<String, Object> details() {
		return health("discovery").getDetails();
	}

	private static IndicatedHealthDescriptor health(String name) {
		return (IndicatedHealthDescriptor) context.getBean(HealthEndpoint.class).healthForPath("etcd", name);
	}

}
