package io.github.etcdspring.client;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.etcd.jetcd.Client;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.RemainingThreads;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationContextInitializedEvent;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.core.NestedExceptionUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

class BootstrapClientIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	private final TcpProxy proxy = TcpProxy.to(etcd.port());

	@AfterEach
	void closeProxy() {
		this.proxy.close();
	}

	@Test
	void applicationConnectsOnceForImportAndDiscovery() {
		etcd.etcdctl("put", "/config/once/greeting", "hello");
		try (ConfigurableApplicationContext context = application().run()) {
			assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
			assertThatEtcdIsUsed(context);
			assertThat(this.proxy.accepted()).isOne();
		}
		await().atMost(SOON).until(() -> this.proxy.connections() == 0);
	}

	@Test
	void requestsOfTheFirstConnectionAreMeasured() {
		try (ConfigurableApplicationContext context = application().run()) {
			assertThatEtcdIsUsed(context);
			assertThat(this.proxy.accepted()).isOne();
			assertThat(context.getBean(MeterRegistry.class).get("etcd.client.requests").timers())
				.anyMatch((timer) -> timer.count() > 0);
		}
	}

	@Test
	void secondConnectionReplacesTheFirstIfTheImportChangesTheSettings() {
		etcd.etcdctl("put", "/config/once/spring.cloud.etcd.request-timeout", "4s");
		try (ConfigurableApplicationContext context = application().run()) {
			assertThat(context.getBean(EtcdConnection.class).requestTimeout()).hasSeconds(4);
			assertThatEtcdIsUsed(context);
			await().atMost(SOON).until(() -> this.proxy.connections() == 1);
			assertThat(this.proxy.accepted()).isEqualTo(2);
		}
	}

	@Test
	void secondConnectionReplacesTheFirstIfTheApplicationCustomizesIt() {
		try (ConfigurableApplicationContext context = application(Customized.class).run()) {
			assertThatEtcdIsUsed(context);
			await().atMost(SOON).until(() -> this.proxy.connections() == 1);
			assertThat(this.proxy.accepted()).isEqualTo(2);
		}
	}

	@Test
	void connectionIsClosedIfTheApplicationDefinesItsOwnClient() {
		try (ConfigurableApplicationContext context = application(OwnClient.class).run()) {
			assertThatEtcdIsUsed(context);
			assertThat(this.proxy.accepted()).isOne();
			await().atMost(SOON).until(() -> this.proxy.connections() == 0);
		}
	}

	@Test
	void connectionIsClosedIfABeanFailsTheStart() {
		assertThatFailedStartLeavesNothing(application(FailingBean.class));
	}

	@Test
	void connectionIsClosedIfAnInitializerFailsTheStart() {
		assertThatFailedStartLeavesNothing(application().initializers((context) -> fail()));
	}

	@Test
	void connectionIsClosedIfAListenerFailsTheStartBeforeTheContextIsRefreshed() {
		for (ApplicationListener<?> listener : List.of(
				GenericApplicationListener.forEventType(ApplicationEnvironmentPreparedEvent.class, (event) -> fail()),
				GenericApplicationListener.forEventType(ApplicationContextInitializedEvent.class, (event) -> fail()),
				GenericApplicationListener.forEventType(ApplicationPreparedEvent.class, (event) -> fail()))) {
			assertThatFailedStartLeavesNothing(application().listeners(listener));
		}
	}

	private void assertThatFailedStartLeavesNothing(SpringApplicationBuilder application) {
		Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
		int accepted = this.proxy.accepted();
		assertThatException().isThrownBy(application::run)
			.extracting(NestedExceptionUtils::getMostSpecificCause)
			.hasToString("java.lang.IllegalStateException: failed on purpose");
		assertThat(this.proxy.accepted()).isGreaterThan(accepted);
		await().atMost(SOON).until(() -> this.proxy.connections() == 0);
		await().atMost(SOON).untilAsserted(() -> assertThat(RemainingThreads.since(before)).isEmpty());
	}

	private static void assertThatEtcdIsUsed(ConfigurableApplicationContext context) {
		await().atMost(SOON).until(() -> context.getBean(DiscoveryClient.class).getInstances("once").size() == 1);
	}

	private SpringApplicationBuilder application(Class<?>... sources) {
		return Applications.plain(etcd, "once", sources)
			.properties("spring.cloud.etcd.endpoints=http://127.0.0.1:" + this.proxy.port(),
					"spring.config.import=etcd:");
	}

	private static void fail() {
		throw new IllegalStateException("failed on purpose");
	}

	@Configuration(proxyBeanMethods = false)
	static class Customized {

		@Bean
		EtcdClientBuilderCustomizer customizer() {
			return (builder) -> builder.header("caller", "test");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnClient {

		@Bean(destroyMethod = "close")
		Client ownClient() {
			return Client.builder().endpoints(etcd.endpoint()).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FailingBean {

		@Bean
		Object failing() {
			fail();
			return "not reached";
		}

	}

}
