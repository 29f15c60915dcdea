package io.github.etcdspring.test;

import java.io.IOException;
import java.time.Duration;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Testcontainers
@SpringBootTest(webEnvironment = WebEnvironment.NONE,
		properties = { "spring.application.name=orders", "spring.config.import=etcd:" })
class ContainerFieldDockerTests {

	@Container
	@ServiceConnection
	static GenericContainer<?> etcd = new GenericContainer<>("quay.io/coreos/etcd:v3.5.16")
		.withCommand("etcd", "--listen-client-urls=http://0.0.0.0:2379", "--advertise-client-urls=http://0.0.0.0:2379")
		.withExposedPorts(2379)
		.waitingFor(Wait.forHttp("/health").forPort(2379));

	@BeforeAll
	static void configure() throws IOException, InterruptedException {
		etcd.execInContainer("etcdctl", "put", "/config/orders/greeting", "hello");
	}

	@Autowired
	Environment environment;

	@Autowired
	DiscoveryClient discovery;

	@Test
	void importsFromTheContainer() {
		assertThat(this.environment.getProperty("greeting")).isEqualTo("hello");
	}

	@Test
	void followsChangesInTheContainer() {
		EtcdContainers.etcdctl(etcd, "put", "/config/orders/name", "live");
		await().atMost(Duration.ofSeconds(10)).until(() -> "live".equals(this.environment.getProperty("name")));
	}

	@Test
	void discoversServicesInTheContainer() {
		EtcdContainers.etcdctl(etcd, "put", "/services/stock/a", "10.0.0.7:8080");
		await().atMost(Duration.ofSeconds(10)).until(() -> this.discovery.getInstances("stock").size() == 1);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
