package io.github.etcdspring.actuate;

import io.github.etcdspring.client.CallObserver;
import io.github.etcdspring.fixture.ContextRunners;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdMetricsAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = ContextRunners
		.withoutEtcd(EtcdMetricsAutoConfiguration.class);

	@Test
	void registersMetersOfUsedFeatures() {
		this.contextRunner.run((context) -> {
			SimpleMeterRegistry registry = new SimpleMeterRegistry();
			context.getBeanProvider(MeterBinder.class).forEach((binder) -> binder.bindTo(registry));
			assertThat(registry.get("etcd.discovery.keys.skipped").gauge().value()).isZero();
			assertThat(registry.get("etcd.registration.instances").tag("state", "registered").gauge().value()).isZero();
			assertThat(registry.get("etcd.watch.stale").tag("watch", "services").timeGauge().value()).isPositive();
		});
	}

	@Test
	void timesRequestsOnlyWithAMeterRegistry() {
		this.contextRunner.run((context) -> assertThat(context).doesNotHaveBean(CallObserver.class));
		this.contextRunner.withUserConfiguration(Registry.class)
			.run((context) -> assertThat(context).hasSingleBean(CallObserver.class));
	}

	@Test
	void backsOffWithoutEtcd() {
		this.contextRunner.withUserConfiguration(Registry.class)
			.withPropertyValues("spring.cloud.etcd.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(MeterBinder.class)
				.doesNotHaveBean(CallObserver.class));
	}

	@Test
	void omitsDiscoveryMetersWithoutDiscovery() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(MeterBinder.class));
	}

	@Test
	void startsWithoutMicrometerOnTheClassPath() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("io.micrometer.core"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("etcdDiscoveryMetrics"));
	}

	@Configuration(proxyBeanMethods = false)
	static class Registry {

		@Bean
		MeterRegistry meterRegistry() {
			return new SimpleMeterRegistry();
		}

	}

}
