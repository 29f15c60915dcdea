package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.stereotype.Component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class HealthGateIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void instanceIsRegisteredWhileItsHealthGroupIsUp() {
		try (ConfigurableApplicationContext context = gated("gated", Switch.class)) {
			Switch database = context.getBean(Switch.class);
			awaitKeys("gated", 1);
			database.status = Status.DOWN;
			awaitKeys("gated", 0);
			database.status = Status.UP;
			awaitKeys("gated", 1);
			database.status = Status.OUT_OF_SERVICE;
			awaitKeys("gated", 0);
			// a probe over HTTP reports it as healthy
			database.status = Status.UNKNOWN;
			awaitKeys("gated", 1);
		}
		assertThat(Keys.of(etcd, "gated")).isEmpty();
	}

	@Test
	void instanceThatIsUnhealthyFromTheStartIsNotRegistered() {
		try (ConfigurableApplicationContext context = gated("ill", Down.class)) {
			assertThat(context.isActive()).isTrue();
			await().during(Duration.ofSeconds(1)).atMost(SOON).until(() -> Keys.of(etcd, "ill").isEmpty());
		}
	}

	@Test
	void hangingHealthCheckDeregistersTheInstanceAndDoesNotDelayShutdown() {
		try (ConfigurableApplicationContext context = gated("hanging", Hanging.class)) {
			awaitKeys("hanging", 1);
			context.getBean(Hanging.class).hangs = true;
			awaitKeys("hanging", 0);
			long before = System.nanoTime();
			context.close();
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(SOON);
		}
	}

	private static ConfigurableApplicationContext gated(String name, Class<?> indicator) {
		return Applications.plain(etcd, name, indicator)
			.properties("spring.cloud.etcd.discovery.health.group=serving",
					"spring.cloud.etcd.discovery.health.interval=50ms",
					"spring.cloud.etcd.discovery.health.timeout=500ms",
					"management.endpoint.health.group.serving.include=database",
					"management.endpoint.health.validate-group-membership=false")
			.run();
	}

	private static void awaitKeys(String service, int number) {
		await().atMost(SOON).until(() -> Keys.of(etcd, service).size() == number);
	}

	@Component("databaseHealthIndicator")
	static class Switch implements HealthIndicator {

		private volatile Status status = Status.UP;

		@Override
		public Health health() {
			return Health.status(this.status).build();
		}

	}

	@Component("databaseHealthIndicator")
	static class Down implements HealthIndicator {

		@Override
		public Health health() {
			return Health.down().build();
		}

	}

	@Component("databaseHealthIndicator")
	static class Hanging implements HealthIndicator {

		private volatile boolean hangs;

		@Override
		public Health health() {
			try {
				if (this.hangs) {
					new CountDownLatch(1).await();
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return Health.up().build();
		}

	}

}
