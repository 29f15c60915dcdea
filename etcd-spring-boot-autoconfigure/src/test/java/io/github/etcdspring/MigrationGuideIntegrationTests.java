package io.github.etcdspring;

import java.util.List;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two registries in parallel, as during the migration from another registry.
 */
class MigrationGuideIntegrationTests {

	private static EtcdServer etcd;

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
		etcd.etcdctl("put", "/services/billing/one", "10.0.0.7:8080");
		etcd.etcdctl("put", "/services/migrated/one", "10.0.0.7:8080");
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
	}

	@Test
	void registryWithTheLowerOrderIsQueriedFirst() {
		try (ConfigurableApplicationContext caller = caller(1)) {
			assertThat(hosts(caller, "billing")).containsExactly("old.example");
		}
		try (ConfigurableApplicationContext caller = caller(-1)) {
			assertThat(hosts(caller, "billing")).containsExactly("10.0.0.7");
		}
	}

	@Test
	void serviceUnknownToOneRegistryIsFoundInTheOther() {
		for (int order : new int[] { 1, -1 }) {
			try (ConfigurableApplicationContext caller = caller(order)) {
				assertThat(hosts(caller, "migrated")).containsExactly("10.0.0.7");
				assertThat(hosts(caller, "remaining")).containsExactly("old.example");
			}
		}
	}

	private static ConfigurableApplicationContext caller(int order) {
		String other = "--spring.cloud.discovery.client.simple.instances.";
		return Applications.plain(etcd, "caller")
			.run("--spring.cloud.etcd.discovery.order=" + order, other + "billing[0].uri=http://old.example:80",
					other + "remaining[0].uri=http://old.example:80");
	}

	private static List<String> hosts(ConfigurableApplicationContext caller, String service) {
		return caller.getBean(DiscoveryClient.class)
			.getInstances(service)
			.stream()
			.map(ServiceInstance::getHost)
			.toList();
	}

}
