package io.github.etcdspring.test;

import io.etcd.jetcd.Client;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.TestPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(webEnvironment = WebEnvironment.NONE, properties = "spring.config.import=etcd:")
@TestPropertySource(properties = "spring.cloud.etcd.enabled=false")
class DisabledDockerTests {

	@ServiceConnection
	static GenericContainer<?> etcd = EtcdContainers.create("gcr.io/etcd-development/etcd:v3.5.16");

	@Autowired
	ApplicationContext context;

	@Test
	void neitherStartsTheContainerNorConnects() {
		assertThat(etcd.isRunning()).isFalse();
		assertThat(this.context.getBeanNamesForType(Client.class)).isEmpty();
		assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
			.noneMatch((name) -> name.matches("(etcd|grpc|vert\\.x).*"));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
