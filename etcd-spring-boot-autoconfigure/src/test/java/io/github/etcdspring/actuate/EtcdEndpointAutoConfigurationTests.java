package io.github.etcdspring.actuate;

import io.github.etcdspring.fixture.ContextRunners;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdEndpointAutoConfigurationTests {

	private static final String EXPOSED = "management.endpoints.web.exposure.include=etcd";

	private final ApplicationContextRunner contextRunner = ContextRunners
		.withoutEtcd(EtcdEndpointAutoConfiguration.class);

	@ParameterizedTest
	@ValueSource(strings = { EXPOSED, "management.endpoints.web.exposure.include=*" })
	void isAvailableWhenExposed(String exposure) {
		this.contextRunner.withPropertyValues(exposure)
			.run((context) -> assertThat(context).hasSingleBean(EtcdEndpoint.class));
	}

	@Test
	void isAvailableWhenExposedOverJmxOnly() {
		this.contextRunner
			.withPropertyValues("spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=etcd")
			.run((context) -> assertThat(context).hasSingleBean(EtcdEndpoint.class));
	}

	@Test
	void isNotExposedByDefault() {
		this.contextRunner.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(EtcdEndpoint.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "management.endpoint.etcd.access=NONE", "management.endpoints.access.default=NONE",
			"management.endpoints.access.max-permitted=NONE", "spring.cloud.etcd.enabled=false" })
	void backsOffWhenAccessIsNotPermitted(String property) {
		this.contextRunner.withPropertyValues(EXPOSED, property)
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(EtcdEndpoint.class)
				.doesNotHaveBean(LastChanges.class));
	}

	@ParameterizedTest
	@ValueSource(classes = { Endpoint.class, ConditionalOnAvailableEndpoint.class })
	void startsWithoutActuatorOnTheClassPath(Class<?> missing) {
		this.contextRunner.withPropertyValues(EXPOSED)
			.withClassLoader(new FilteredClassLoader(missing))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("etcdEndpoint"));
	}

}
