package io.github.etcdspring.config;

import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An import in a test that says by {@link DynamicPropertySource @DynamicPropertySource}
 * where etcd is.
 */
@SpringBootTest(classes = ConfiguredApplication.class, webEnvironment = WebEnvironment.NONE,
		properties = { "spring.config.import=etcd:", "spring.application.name=orders",
				"spring.cloud.etcd.endpoints=http://127.0.0.1:1", "spring.cloud.etcd.discovery.enabled=false" })
@DirtiesContext
class DynamicPropertiesImportIntegrationTests {

	private static final EtcdServer etcd = EtcdServer.start();

	@Value("${greeting}")
	private String greeting;

	@DynamicPropertySource
	static void connect(DynamicPropertyRegistry registry) {
		etcd.etcdctl("put", "/config/orders/greeting", "hello");
		registry.add("spring.cloud.etcd.endpoints", etcd::endpoint);
	}

	@AfterAll
	static void stop() {
		etcd.close();
	}

	@Test
	void importsFromTheEtcdOfTheTest(@Autowired Environment environment) {
		assertThat(environment.getProperty("greeting")).isEqualTo("hello");
		assertThat(this.greeting).isEqualTo("hello");
	}

}
