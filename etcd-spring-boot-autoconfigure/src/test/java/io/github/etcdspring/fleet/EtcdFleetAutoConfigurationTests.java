package io.github.etcdspring.fleet;

import io.github.etcdspring.fixture.ContextRunners;
import jakarta.validation.Validator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EtcdFleetAutoConfiguration}.
 */
class EtcdFleetAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = ContextRunners.withoutEtcd(ValidationAutoConfiguration.class)
		.withPropertyValues("spring.cloud.etcd.fleet.publish-properties=true");

	@Test
	void publishesPropertiesWithConstraintsOfTheValidator() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(PropertiesPublisher.class)
			.hasSingleBean(ValidatorConstraints.class));
	}

	@Test
	void publishesPropertiesAlsoIfTheFleetIsDisabled() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.fleet.enabled=false")
			.run((context) -> assertThat(context).hasSingleBean(PropertiesPublisher.class));
	}

	@Test
	void publishesPropertiesWithoutConstraintsIfThereIsNoValidator() {
		ContextRunners.withoutEtcd()
			.withPropertyValues("spring.cloud.etcd.fleet.publish-properties=true")
			.run((context) -> assertThat(context).hasSingleBean(PropertiesPublisher.class)
				.doesNotHaveBean(PropertyConstraints.class));
	}

	@Test
	void publishesPropertiesWithoutConstraintsIfJakartaValidationIsMissing() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(Validator.class.getPackageName()))
			.run((context) -> assertThat(context).hasSingleBean(PropertiesPublisher.class)
				.doesNotHaveBean(PropertyConstraints.class));
	}

	@Test
	void publishesNoPropertiesByDefault() {
		ContextRunners.withoutEtcd(ValidationAutoConfiguration.class)
			.run((context) -> assertThat(context).hasSingleBean(FleetReader.class)
				.doesNotHaveBean(PropertiesPublisher.class)
				.doesNotHaveBean(PropertyConstraints.class));
	}

	@Test
	void publishesPropertiesOfTheParentContextOnly() {
		this.contextRunner.run((parent) -> this.contextRunner.withParent(parent)
			.run((context) -> assertThat(context.getBean(PropertiesPublisher.class))
				.isSameAs(parent.getBean(PropertiesPublisher.class))));
	}

	@ParameterizedTest
	@ValueSource(strings = { "/fleet", "/fleet-properties", "/fleet-properties/a", "/fleet/a" })
	void prefixesOfInstancesAndOfTheFleetMustNotOverlap(String prefix) {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.prefix=" + prefix)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("spring.cloud.etcd.fleet.prefix"));
	}

}
