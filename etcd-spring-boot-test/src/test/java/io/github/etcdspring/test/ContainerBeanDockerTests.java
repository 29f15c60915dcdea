package io.github.etcdspring.test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.containers.GenericContainer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class ContainerBeanDockerTests {

	private static final List<GenericContainer<?>> CREATED = new CopyOnWriteArrayList<>();

	@Test
	void importAndApplicationShareOneContainerThatStopsWithTheContext() {
		CREATED.clear();
		SpringApplication.Running running = SpringApplication.from(PlainApplication::main)
			.with(Containers.class)
			.run("--spring.application.name=orders", "--spring.config.import=etcd:", "--spring.main.keep-alive=true");
		GenericContainer<?> etcd;
		try (ConfigurableApplicationContext context = running.getApplicationContext()) {
			etcd = context.getBean(GenericContainer.class);
			assertThat(CREATED).singleElement().isSameAs(etcd);
			EtcdContainers.etcdctl(etcd, "put", "/config/orders/greeting", "hello");
			await().atMost(Duration.ofSeconds(10))
				.until(() -> "hello".equals(context.getEnvironment().getProperty("greeting")));
		}
		assertThat(etcd.isRunning()).isFalse();
	}

	@Test
	void failedStartupStopsTheContainer(CapturedOutput output) {
		CREATED.clear();
		assertThatException().isThrownBy(() -> SpringApplication.from(PlainApplication::main)
			.with(Containers.class)
			.run("--spring.config.import=etcd:", "--spring.cloud.etcd.request-timeout=-1s"));
		assertThat(output).contains("spring.cloud.etcd.request-timeout");
		assertThat(CREATED).singleElement().returns(false, GenericContainer::isRunning);
	}

	@TestConfiguration(proxyBeanMethods = false)
	static class Containers {

		@Bean
		@ServiceConnection("etcd")
		GenericContainer<?> etcd() {
			GenericContainer<?> etcd = EtcdContainers.create(EtcdContainers.IMAGE);
			CREATED.add(etcd);
			return etcd;
		}

	}

}
