package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.List;

import de.codecentric.boot.admin.server.config.EnableAdminServer;
import de.codecentric.boot.admin.server.domain.entities.Instance;
import de.codecentric.boot.admin.server.domain.entities.InstanceRepository;
import de.codecentric.boot.admin.server.domain.values.InstanceId;
import de.codecentric.boot.admin.server.services.InstanceRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Spring Boot Admin with instances found by discovery.
 */
class AdminIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(30);

	@Test
	void findsInstancesInEtcdAndTheirManagementPort() {
		InstanceRepository instances = admin().getBean(InstanceRepository.class);
		start(Orders.class, "same-port", WebApplicationType.SERVLET);
		ConfigurableApplicationContext ownPort = start(Orders.class, "own-port", WebApplicationType.SERVLET,
				"management.server.port=0", "management.endpoints.web.base-path=/manage");
		await().atMost(SOON)
			.untilAsserted(
					() -> assertThat(statuses(instances)).containsExactlyInAnyOrder("same-port UP", "own-port UP"));
		assertThat(instances.findByName("own-port").blockFirst().getRegistration().getManagementUrl())
			.endsWith(":" + ownPort.getEnvironment().getProperty("local.management.port") + "/manage");
		ownPort.close();
		await().atMost(SOON).until(() -> statuses(instances).equals(List.of("same-port UP")));
	}

	/**
	 * Spring Boot Admin reads the catalog on several threads, of which the slowest wins.
	 */
	@Test
	void findsAnInstanceAgainThatWasRemovedByAnOutdatedView() {
		ConfigurableApplicationContext admin = admin();
		InstanceRepository instances = admin.getBean(InstanceRepository.class);
		start(Orders.class, "removed", WebApplicationType.SERVLET);
		await().atMost(SOON).until(() -> statuses(instances).equals(List.of("removed UP")));
		InstanceId id = instances.findByName("removed").blockFirst().getId();
		admin.getBean(InstanceRegistry.class).deregister(id).block();
		assertThat(statuses(instances)).isEmpty();
		await().atMost(SOON).until(() -> statuses(instances).equals(List.of("removed UP")));
	}

	private ConfigurableApplicationContext admin() {
		return start(Admin.class, "admin", WebApplicationType.SERVLET, "spring.boot.admin.monitor.status-interval=3s",
				"spring.boot.admin.monitor.default-timeout=2s", "spring.boot.admin.discovery.ignored-services=admin");
	}

	private static List<String> statuses(InstanceRepository instances) {
		return instances.findAll()
			.filter(Instance::isRegistered)
			.map((instance) -> instance.getRegistration().getName() + " " + instance.getStatusInfo().getStatus())
			.collectList()
			.block();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAdminServer
	static class Admin {

	}

}
