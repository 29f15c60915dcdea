package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.serviceregistry.endpoint.ServiceRegistryEndpoint;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

class EtcdServiceRegistryIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext context;

	private static EtcdServiceRegistry registry;

	private static EtcdRegistration own;

	private static ConfigurableApplicationContext other;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		context = Applications.plain(etcd, "own")
			.properties("management.endpoints.web.exposure.include=serviceregistry",
					"management.endpoints.jmx.exposure.include=serviceregistry")
			.run();
		registry = context.getBean(EtcdServiceRegistry.class);
		own = context.getBean(EtcdRegistration.class);
		other = Applications.client(etcd);
		await().atMost(SOON).until(() -> seen("own").size() == 1);
	}

	@AfterAll
	static void stop() {
		other.close();
		context.close();
		etcd.close();
	}

	@Test
	void instanceThatIsOutOfServiceIsNotFoundByOthers() {
		assertThat(status(own)).isEqualTo("UP");
		registry.setStatus(own, " out_of_service ");
		await().atMost(SOON).until(() -> seen("own").isEmpty());
		assertThat(status(own)).isEqualTo("OUT_OF_SERVICE");
		assertThat(Keys.value(etcd, Keys.of(etcd, "own").get(0))).contains("\"status\":\"OUT_OF_SERVICE\"");
		registry.setStatus(own, "UP");
		await().atMost(SOON).until(() -> seen("own").size() == 1);
	}

	@Test
	void serviceRegistryEndpointReadsAndChangesTheStatus() {
		ServiceRegistryEndpoint endpoint = context.getBean(ServiceRegistryEndpoint.class);
		assertThat(endpoint.getStatus().getBody()).isEqualTo("UP");
		endpoint.setStatus("DOWN");
		await().atMost(SOON).until(() -> seen("own").isEmpty());
		assertThat(endpoint.getStatus().getBody()).isEqualTo("DOWN");
		endpoint.setStatus("UP");
		await().atMost(SOON).until(() -> seen("own").size() == 1);
	}

	@Test
	void rejectsUnknownStatuses() {
		assertThatIllegalArgumentException().isThrownBy(() -> registry.setStatus(own, "BROKEN"))
			.withMessageContaining("OUT_OF_SERVICE");
		assertThat(status(own)).isEqualTo("UP");
	}

	@Test
	void metadataCanBeChangedWhileRegistered() {
		own.setMetadata(Map.of("version", "2"));
		registry.register(own);
		await().atMost(SOON).until(() -> seen("own").get(0).getMetadata().equals(Map.of("version", "2")));
		own.setMetadata(Map.of());
		registry.register(own);
		await().atMost(SOON).until(() -> seen("own").get(0).getMetadata().isEmpty());
	}

	@Test
	void additionalInstancesShareTheLease() {
		EtcdRegistration further = registration("further", "1", 8081);
		registry.register(further);
		await().atMost(SOON).until(() -> seen("further").size() == 1);
		assertThat(Keys.leases(etcd)).hasSize(1);
		assertThat(status(further)).isEqualTo("UP");
		registry.deregister(further);
		await().atMost(SOON).until(() -> seen("further").isEmpty());
		assertThat(status(further)).isEqualTo("OUT_OF_SERVICE");
		assertThat(seen("own")).hasSize(1);
	}

	@Test
	void registeringAndDeregisteringTouchesNoOtherService() {
		List<EtcdRegistration> alike = List.of(registration("a", "1", 1), registration("a", "1/b", 2),
				registration("a/b", "1", 3), registration("ab", "1", 4), registration("a%2Fb", "1", 5),
				registration("a b\n\u00fc\ud83d\ude00", "\u0000", 6));
		alike.forEach(registry::register);
		await().atMost(SOON)
			.untilAsserted(
					() -> assertThat(alike).allSatisfy((registration) -> assertThat(seen(registration.getServiceId()))
						.extracting(ServiceInstance::getInstanceId, ServiceInstance::getPort)
						.contains(tuple(registration.getInstanceId(), registration.getPort()))));
		assertThat(seen("a")).hasSize(2);
		for (EtcdRegistration registration : alike) {
			long before = instances();
			registry.deregister(registration);
			await().atMost(SOON).until(() -> instances() == before - 1);
			assertThat(seen(registration.getServiceId())).extracting(ServiceInstance::getInstanceId)
				.doesNotContain(registration.getInstanceId());
		}
	}

	@Test
	void instanceWithoutAPortIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> registry.register(registration("portless", "1", 0)))
			.withMessageContaining("without a port");
	}

	@Test
	void doesNotDeleteKeysThatItDidNotRegister() {
		etcd.etcdctl("put", "/services/foreign/1", "10.0.0.1:80");
		registry.deregister(registration("foreign", "1", 80));
		registry.register(registration("after", "1", 80));
		await().atMost(SOON).until(() -> seen("after").size() == 1);
		assertThat(Keys.of(etcd, "foreign")).hasSize(1);
		registry.deregister(registration("after", "1", 80));
	}

	private static String status(EtcdRegistration registration) {
		return registry.getStatus(registration);
	}

	private static EtcdRegistration registration(String service, String id, int port) {
		return new EtcdRegistration(new EtcdServiceInstance(service, id, "10.0.0.1", port, false, "UP", Map.of()));
	}

	private static long instances() {
		return other.getBean(DiscoveryClient.class)
			.getServices()
			.stream()
			.mapToLong((service) -> seen(service).size())
			.sum();
	}

	private static List<ServiceInstance> seen(String service) {
		return other.getBean(DiscoveryClient.class).getInstances(service);
	}

}
