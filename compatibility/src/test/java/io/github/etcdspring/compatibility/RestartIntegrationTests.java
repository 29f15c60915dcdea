package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.cloud.context.restart.RestartEndpoint;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The actuator endpoints of Spring Cloud that pause, resume and restart an application.
 */
class RestartIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	@Test
	void instanceLeavesAndComesBackWithOneLeaseAndNoThreadTwice() {
		ConfigurableApplicationContext context = start(Orders.class, "orders", WebApplicationType.SERVLET,
				"management.endpoint.restart.access=unrestricted", "management.endpoints.web.exposure.include=restart");
		RestartEndpoint endpoint = context.getBean(RestartEndpoint.class);
		await().atMost(SOON).until(() -> keys().size() == 1);
		List<String> threads = threads();
		endpoint.doPause();
		await().atMost(SOON).until(() -> keys().isEmpty());
		endpoint.doResume();
		await().atMost(SOON).until(() -> keys().size() == 1);
		List<String> before = keys();
		closeAfterwards(endpoint.doRestart());
		await().atMost(SOON).until(() -> keys().size() == 1 && !keys().equals(before));
		await().atMost(SOON).untilAsserted(() -> assertThat(threads()).isEqualTo(threads));
		assertThat(this.etcd.etcdctl("lease", "list").lines()).hasSize(2);
	}

	private List<String> keys() {
		return this.etcd.etcdctl("get", "/services/orders/", "--prefix", "--keys-only")
			.lines()
			.filter((line) -> !line.isBlank())
			.toList();
	}

	/** Threads that live as long as the application. Events have one for a second. */
	private static List<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith("etcd-") && !name.startsWith("etcd-discovery-events-"))
			.sorted()
			.toList();
	}

}
