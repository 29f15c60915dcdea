package io.github.etcdspring.test;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.testcontainers.context.ImportTestcontainers;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.test.context.TestPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(classes = ImportedContainerDockerTests.Application.class, webEnvironment = WebEnvironment.NONE,
		properties = { "spring.application.name=orders", "spring.config.import=etcd:" })
@ImportTestcontainers(ImportedContainerDockerTests.Containers.class)
class ImportedContainerDockerTests {

	@BeforeAll
	static void configure() {
		Containers.etcd.start();
		EtcdContainers.etcdctl(Containers.etcd, "put", "/config/orders/greeting", "hello");
		EtcdContainers.etcdctl(Containers.etcd, "user", "add", "root:s3cret");
		EtcdContainers.etcdctl(Containers.etcd, "auth", "enable");
	}

	@Autowired
	Environment environment;

	@Test
	void importsFromTheContainerAsRoot() {
		assertThat(this.environment.getProperty("greeting")).isEqualTo("hello");
	}

	@Nested
	@TestPropertySource(properties = "more=true")
	class InAnotherContext {

		@Test
		void importsFromTheContainerOfTheOuterTest() {
			assertThat(ImportedContainerDockerTests.this.environment.getProperty("greeting")).isEqualTo("hello");
			assertThat(ImportedContainerDockerTests.this.environment.getProperty("more")).isEqualTo("true");
		}

	}

	static class Containers {

		@ServiceConnection
		static GenericContainer<?> etcd = EtcdContainers.create("bitnami/etcd:3.5.16")
			.withEnv("ETCD_ROOT_PASSWORD", "s3cret");

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
