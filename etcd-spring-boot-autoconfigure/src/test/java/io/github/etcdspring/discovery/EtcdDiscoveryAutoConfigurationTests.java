package io.github.etcdspring.discovery;

import java.time.Duration;

import io.github.etcdspring.fixture.ContextRunners;
import io.github.etcdspring.registry.EtcdServiceRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClient;
import org.springframework.cloud.client.discovery.health.reactive.ReactiveDiscoveryClientHealthIndicator;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdDiscoveryAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = ContextRunners.withoutEtcd();

	@Test
	void providesBlockingAndReactiveClient() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(ServiceCatalog.class)
				.hasSingleBean(EtcdDiscoveryClient.class)
				.hasSingleBean(EtcdReactiveDiscoveryClient.class);
			assertThat(context.getBean(CompositeDiscoveryClient.class).getDiscoveryClients())
				.hasAtLeastOneElementOfType(EtcdDiscoveryClient.class);
			assertThat(context.getBean(EtcdDiscoveryClient.class).description()).isEqualTo("etcd");
			assertThat(context.getBean(EtcdReactiveDiscoveryClient.class).description()).isEqualTo("etcd");
		});
	}

	@Test
	void orderOfBothClientsIsConfigurable() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.order=-5").run((context) -> {
			assertThat(context.getBean(EtcdDiscoveryClient.class).getOrder()).isEqualTo(-5);
			assertThat(context.getBean(EtcdReactiveDiscoveryClient.class).getOrder()).isEqualTo(-5);
			assertThat(context.getBean(CompositeDiscoveryClient.class).getDiscoveryClients().get(0))
				.isInstanceOf(EtcdDiscoveryClient.class);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.cloud.etcd.enabled", "spring.cloud.etcd.discovery.enabled",
			"spring.cloud.discovery.enabled" })
	void backsOffWhenDisabled(String property) {
		this.contextRunner.withPropertyValues(property + "=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(ServiceCatalog.class)
				.doesNotHaveBean(EtcdDiscoveryClient.class)
				.doesNotHaveBean(EtcdReactiveDiscoveryClient.class));
	}

	@Test
	void blockingClientCanBeDisabled() {
		this.contextRunner.withPropertyValues("spring.cloud.discovery.blocking.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(EtcdDiscoveryClient.class)
				.hasSingleBean(EtcdReactiveDiscoveryClient.class));
	}

	@Test
	void reactiveClientCanBeDisabled() {
		this.contextRunner.withPropertyValues("spring.cloud.discovery.reactive.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(EtcdReactiveDiscoveryClient.class)
				.doesNotHaveBean(ReactiveDiscoveryClientHealthIndicator.class)
				.hasSingleBean(EtcdDiscoveryClient.class));
	}

	/** Registration does not require a discovery client. */
	@Test
	void backsOffWithoutAnyClient() {
		this.contextRunner
			.withPropertyValues("spring.cloud.discovery.blocking.enabled=false",
					"spring.cloud.discovery.reactive.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(ServiceCatalog.class)
				.hasSingleBean(EtcdServiceRegistry.class));
	}

	@ParameterizedTest
	@ValueSource(classes = { Flux.class, WebClient.class })
	void reactiveClientRequiresReactorAndWebFlux(Class<?> missing) {
		this.contextRunner.withClassLoader(new FilteredClassLoader(missing))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(EtcdReactiveDiscoveryClient.class)
				.hasSingleBean(EtcdDiscoveryClient.class));
	}

	@Test
	void startsWithoutHealthOnTheClassPath() {
		this.contextRunner
			.withClassLoader(new FilteredClassLoader(HealthIndicator.class, ReactiveHealthIndicator.class))
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(EtcdDiscoveryClient.class));
	}

	@Test
	void startWaitsForEtcdNoLongerThanTheRequestTimeout() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.request-timeout=500ms").run((context) -> {
			assertThat(context).hasNotFailed();
			ServiceCatalog catalog = context.getBean(ServiceCatalog.class);
			catalog.stop();
			long before = System.nanoTime();
			catalog.start();
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isBetween(Duration.ofMillis(500),
					Duration.ofSeconds(3));
			assertThat(context.getBean(DiscoveryClient.class).getInstances("any")).isEmpty();
			assertThat(context.getBean(DiscoveryClient.class).getServices()).isEmpty();
		});
	}

}
