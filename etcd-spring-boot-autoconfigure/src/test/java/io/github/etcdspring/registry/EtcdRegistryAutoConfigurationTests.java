package io.github.etcdspring.registry;

import io.github.etcdspring.fixture.ContextRunners;
import io.github.etcdspring.lease.LeaseSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.serviceregistry.ServiceRegistry;
import org.springframework.cloud.client.serviceregistry.endpoint.ServiceRegistryEndpoint;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdRegistryAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = ContextRunners.withoutEtcd();

	@Test
	void definesARegistryThatIsIdleUntilUsed() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(ServiceRegistry.class).hasSingleBean(EtcdServiceRegistry.class);
			assertThat(context.getBean(LeaseSession.class).status().lease()).isZero();
			assertThat(Thread.getAllStackTraces().keySet())
				.noneMatch((thread) -> thread.getName().equals("etcd-lease"));
		});
	}

	@Test
	void definesTheServiceRegistryEndpoint() {
		this.contextRunner.withPropertyValues("management.endpoints.web.exposure.include=serviceregistry")
			.run((context) -> assertThat(context).hasSingleBean(ServiceRegistryEndpoint.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.cloud.etcd.enabled", "spring.cloud.etcd.discovery.enabled",
			"spring.cloud.discovery.enabled", "spring.cloud.service-registry.enabled" })
	void backsOffIfDisabled(String property) {
		this.contextRunner.withPropertyValues(property + "=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(EtcdServiceRegistry.class)
				.doesNotHaveBean(EtcdAutoServiceRegistration.class)
				.doesNotHaveBean(LeaseSession.class));
	}

	@Test
	void registryRemainsIfAutoRegistrationIsDisabled() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.register=false")
			.run((context) -> assertThat(context).hasSingleBean(EtcdServiceRegistry.class)
				.doesNotHaveBean(EtcdAutoServiceRegistration.class)
				.doesNotHaveBean(EtcdRegistration.class));
	}

	@Test
	void backsOffWithoutSpringCloudCommons() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(ServiceRegistry.class))
			.run((context) -> assertThat(context).doesNotHaveBean(EtcdServiceRegistry.class));
	}

	@ParameterizedTest
	@CsvSource({ "ttl, 1s", "ttl, 2500ms", "prefix, /", "prefix, ''" })
	void startFailsOnAnInvalidProperty(String property, String value) {
		String name = "spring.cloud.etcd.discovery." + property;
		this.contextRunner.withPropertyValues(name + "=" + value)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining(name));
	}

}
