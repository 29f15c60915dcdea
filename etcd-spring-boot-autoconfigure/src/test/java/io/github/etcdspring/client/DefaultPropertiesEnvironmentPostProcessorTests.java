package io.github.etcdspring.client;

import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.client.loadbalancer.LoadBalancerProperties;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

class DefaultPropertiesEnvironmentPostProcessorTests {

	private final MockEnvironment environment = new MockEnvironment();

	@Test
	void silencesRedundantWarnings() {
		assertThat(levels()).containsOnlyKeys("io.etcd.jetcd.impl",
				"org.springframework.cloud.loadbalancer.config.LoadBalancerCacheAutoConfiguration"
						+ "$LoadBalancerCaffeineWarnLogger");
	}

	@Test
	void applicationPropertiesTakePrecedence() {
		this.environment.setProperty("logging.level.io.etcd.jetcd.impl", "debug");
		assertThat(levels()).containsEntry("io.etcd.jetcd.impl", "debug");
	}

	@Test
	void letsHealthChecksOfTheLoadBalancerSeeNewInstances() {
		assertThat(levels()).isNotEmpty();
		LoadBalancerProperties properties = Binder.get(this.environment)
			.bind("spring.cloud.loadbalancer", LoadBalancerProperties.class)
			.get();
		assertThat(properties.getHealthCheck().getRefetchInstances()).isTrue();
		assertThat(properties.getHealthCheck().getRefetchInstancesInterval()).hasSeconds(5);
	}

	@Test
	void disablesTheRetryOfTheLoadBalancerThatTheApplicationDoesNotConfigure() {
		levels();
		assertThat(this.environment.getProperty("spring.cloud.loadbalancer.retry.enabled")).isEqualTo("false");
	}

	@Test
	void leavesTheRetryOfTheLoadBalancerThatTheApplicationConfigures() {
		this.environment.setProperty("spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance", "2");
		levels();
		assertThat(this.environment.getProperty("spring.cloud.loadbalancer.retry.enabled")).isNull();
	}

	@Test
	void leavesTheRetryOfTheLoadBalancerIfThatOfTheStarterIsDisabled() {
		this.environment.setProperty("spring.cloud.etcd.loadbalancer.retry.enabled", "false");
		levels();
		assertThat(this.environment.getProperty("spring.cloud.loadbalancer.retry.enabled")).isNull();
	}

	@Test
	void backsOffIfTheStarterIsDisabled() {
		this.environment.setProperty("spring.cloud.etcd.enabled", "false");
		assertThat(levels()).isEmpty();
	}

	private Map<String, String> levels() {
		new DefaultPropertiesEnvironmentPostProcessor().postProcessEnvironment(this.environment,
				new SpringApplication());
		return Binder.get(this.environment)
			.bind("logging.level", Bindable.mapOf(String.class, String.class))
			.orElse(Map.of());
	}

}
