package io.github.etcdspring.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.registry.RegistrationStatus;
import io.github.etcdspring.registry.RegistrationStatus.State;
import io.github.etcdspring.testsupport.EtcdServer;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class RegistrationHealthIndicatorIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void reportsTheLeaseAndCountsItsLosses() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "leased").run()) {
			await().atMost(SOON).until(() -> health(context).getStatus().equals(Status.UP));
			await().atMost(SOON).until(() -> Keys.of(etcd, "leased").size() == 1);
			await().atMost(SOON)
				.until(() -> health(context).getDetails().get("instances").toString().contains("state=REGISTERED"));
			Map<String, Object> details = health(context).getDetails();
			assertThat(details).containsEntry("lease", Keys.leases(etcd).get(0))
				.containsEntry("ttl", Duration.ofSeconds(10))
				.containsEntry("losses", 0L)
				.containsOnlyKeys("lease", "ttl", "since", "losses", "instances");
			assertThat(details.get("instances")).asInstanceOf(InstanceOfAssertFactories.list(RegistrationStatus.class))
				.singleElement()
				.satisfies((instance) -> {
					assertThat(instance.key()).isEqualTo(Keys.of(etcd, "leased").get(0));
					assertThat(instance.state()).isEqualTo(State.REGISTERED);
					assertThat(instance.since()).isBetween((Instant) details.get("since"), Instant.now());
				});
			etcd.etcdctl("lease", "revoke", Keys.leases(etcd).get(0));
			await().atMost(SOON).until(() -> health(context).getDetails().get("losses").equals(1L));
			await().atMost(SOON).until(() -> health(context).getStatus().equals(Status.UP));
			assertThat(health(context).getDetails()).containsEntry("lease", Keys.leases(etcd).get(0));
		}
	}

	@Test
	void reportsInstanceIdHeldByAnotherProcess() {
		String id = "spring.cloud.etcd.discovery.instance-id=one";
		try (ConfigurableApplicationContext first = Applications.plain(etcd, "taken").properties(id).run()) {
			await().atMost(SOON).until(() -> Keys.of(etcd, "taken").size() == 1);
			try (ConfigurableApplicationContext second = Applications.plain(etcd, "taken").properties(id).run()) {
				await().atMost(SOON).until(() -> health(second).getDetails().containsKey("problem"));
				assertThat(health(second).getStatus()).isEqualTo(Status.UNKNOWN);
				assertThat(health(second).getDetails().get("problem")).asString()
					.contains("The key /services/taken/one is held by another process")
					.contains("spring.cloud.etcd.discovery.instance-id");
				assertThat(health(second).getDetails().get("instances")).asString().contains("state=REGISTERING");
				assertThat(health(first).getStatus()).isEqualTo(Status.UP);
				first.close();
				await().atMost(SOON).until(() -> health(second).getStatus().equals(Status.UP));
			}
		}
	}

	@Test
	void reportsOutageUntilEtcdRecovers() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "cut-off")
			.properties("spring.cloud.etcd.discovery.ttl=3s")
			.run()) {
			await().atMost(SOON).until(() -> health(context).getStatus().equals(Status.UP));
			etcd.kill();
			await().atMost(SOON).until(() -> health(context).getStatus().equals(Status.UNKNOWN));
			assertThat(health(context).getDetails()).containsKey("problem");
			etcd.restart();
			await().atMost(Duration.ofSeconds(20)).until(() -> health(context).getStatus().equals(Status.UP));
			await().atMost(SOON).until(() -> Keys.of(etcd, "cut-off").size() == 1);
		}
	}

	@Test
	void reportsUnknownWithoutRegisteredInstances() {
		try (ConfigurableApplicationContext context = Applications.client(etcd)) {
			assertThat(health(context).getStatus()).isEqualTo(Status.UNKNOWN);
			assertThat(health(context).getDetails()).doesNotContainKey("problem");
			assertThat(context.getBean(HealthEndpoint.class).healthForPath("etcd").getStatus()).isEqualTo(Status.UP);
		}
	}

	private static IndicatedHealthDescriptor health(ConfigurableApplicationContext context) {
		return (IndicatedHealthDescriptor) context.getBean(HealthEndpoint.class).healthForPath("etcd", "registration");
	}

}
