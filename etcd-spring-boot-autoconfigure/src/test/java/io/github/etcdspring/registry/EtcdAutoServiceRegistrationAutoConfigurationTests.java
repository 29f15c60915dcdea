package io.github.etcdspring.registry;

import java.net.URI;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.fixture.ContextRunners;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.EnableDiscoveryClient;
import org.springframework.cloud.client.serviceregistry.AutoServiceRegistration;
import org.springframework.cloud.client.serviceregistry.AutoServiceRegistrationAutoConfiguration;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.cloud.client.serviceregistry.ServiceRegistry;
import org.springframework.cloud.client.serviceregistry.ServiceRegistryAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdAutoServiceRegistrationAutoConfigurationTests {

	private static final String GROUP = "spring.cloud.etcd.discovery.health.group";

	private final ApplicationContextRunner contextRunner = ContextRunners.withoutEtcd(
			HealthContributorAutoConfiguration.class, HealthContributorRegistryAutoConfiguration.class,
			HealthEndpointAutoConfiguration.class);

	@Test
	void definesOneAutoServiceRegistration() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.port=8080").run((context) -> {
			assertThat(context).hasSingleBean(AutoServiceRegistration.class).hasSingleBean(Registration.class);
			assertThat(context.getBean(Registration.class).getServiceId()).isEqualTo("orders");
			assertThat(context.getBean(Registration.class).getPort()).isEqualTo(8080);
			assertThat(context.getBean(EtcdAutoServiceRegistration.class).isRunning()).isTrue();
			assertThat(context).doesNotHaveBean(HealthGate.class);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.cloud.etcd.discovery.register",
			"spring.cloud.service-registry.auto-registration.enabled", "spring.cloud.service-registry.enabled",
			"spring.cloud.discovery.enabled", "spring.cloud.etcd.discovery.enabled", "spring.cloud.etcd.enabled" })
	void backsOffIfDisabled(String property) {
		this.contextRunner.withPropertyValues(property + "=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(AutoServiceRegistration.class)
				.doesNotHaveBean(Registration.class));
	}

	@Test
	void backsOffIfAutoServiceRegistrationIsDisabled() {
		this.contextRunner.withUserConfiguration(NotRegistered.class)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AutoServiceRegistration.class));
	}

	@Test
	void backsOffIfTheApplicationDefinesARegistration() {
		this.contextRunner.withBean(OwnRegistration.class)
			.run((context) -> assertThat(context).hasSingleBean(Registration.class)
				.doesNotHaveBean(EtcdAutoServiceRegistration.class));
	}

	@Test
	void coexistsWithAnotherRegistryThatCommonsUses() {
		this.contextRunner.withConfiguration(AutoConfigurations.of(OtherRegistryAutoConfiguration.class))
			.withPropertyValues("spring.cloud.etcd.discovery.port=8080", "management.endpoints.web.exposure.include=*")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context).getBeanNames(AutoServiceRegistration.class)
					.containsExactly("etcdAutoServiceRegistration", "otherAutoServiceRegistration");
				assertThat(context.getBean(Registration.class)).isInstanceOf(OwnRegistration.class);
				assertThat(context.getBean(EtcdAutoServiceRegistration.class).isRunning()).isTrue();
			});
	}

	@Test
	void satisfiesTheFailFastCheckOfCommons() {
		this.contextRunner.withPropertyValues("spring.cloud.service-registry.auto-registration.fail-fast=true")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void startFailsWithoutAName() {
		this.contextRunner.withPropertyValues("spring.application.name=")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("spring.application.name"));
	}

	@ParameterizedTest
	@CsvSource({ "port, 70000", "ports.grpc, 0", "management-port, -1", "weight, 0", "scheme, ftp", "instance-id, ' '",
			"ip-address, with space", "drain, -1s" })
	void startFailsOnAnInvalidProperty(String property, String value) {
		String name = "spring.cloud.etcd.discovery." + property;
		this.contextRunner.withPropertyValues(name + "=" + value)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("Property " + name + " with value"));
	}

	@Test
	void healthGroupControlsTheRegistration() {
		this.contextRunner
			.withPropertyValues(GROUP + "=serving", "management.endpoint.health.group.serving.include=ping")
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(HealthGate.class));
	}

	@Test
	void startFailsOnAnUnknownHealthGroup() {
		this.contextRunner.withPropertyValues(GROUP + "=serving")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.satisfies((ex) -> assertThat(((InvalidConfigurationPropertyValueException) ex).getReason())
					.contains("management.endpoint.health.group.serving.include")));
	}

	@Test
	void startFailsOnAHealthGroupWithoutTheActuator() {
		this.contextRunner.withPropertyValues(GROUP + "=serving")
			.withClassLoader(new FilteredClassLoader(HealthEndpoint.class))
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.satisfies((ex) -> assertThat(((InvalidConfigurationPropertyValueException) ex).getReason())
					.contains("spring-boot-starter-actuator")));
	}

	@ParameterizedTest
	@CsvSource({ "interval, 0s", "timeout, -1s", "debounce, 0" })
	void startFailsOnAnInvalidHealthProperty(String property, String value) {
		String name = "spring.cloud.etcd.discovery.health." + property;
		this.contextRunner
			.withPropertyValues(GROUP + "=serving", "management.endpoint.health.group.serving.include=ping",
					name + "=" + value)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining(name));
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void applicationWithoutAPortLogsOnceThatItIsNotRegistered(CapturedOutput output) {
		this.contextRunner.run((context) -> {
			assertThat(context).hasNotFailed();
			String said = "Not registered in etcd: there is no web server. To register the application anyway, set"
					+ " spring.cloud.etcd.discovery.port";
			assertThat(List.of(output.getOut().split("\n"))).filteredOn((line) -> line.contains("Not registered"))
				.singleElement()
				.satisfies((line) -> assertThat(line).contains(said).contains("INFO"));
		});
	}

	@EnableDiscoveryClient(autoRegister = false)
	@Configuration(proxyBeanMethods = false)
	static class NotRegistered {

	}

	static class OwnRegistration implements Registration {

		@Override
		public String getServiceId() {
			return "own";
		}

		@Override
		public String getHost() {
			return "own.example";
		}

		@Override
		public int getPort() {
			return 80;
		}

		@Override
		public boolean isSecure() {
			return false;
		}

		@Override
		public URI getUri() {
			return URI.create("http://own.example");
		}

		@Override
		public Map<String, String> getMetadata() {
			return Map.of();
		}

	}

	/**
	 * Registration of another service registry.
	 */
	@AutoConfiguration(after = EtcdAutoServiceRegistrationAutoConfiguration.class,
			before = { ServiceRegistryAutoConfiguration.class, AutoServiceRegistrationAutoConfiguration.class })
	static class OtherRegistryAutoConfiguration {

		@Bean
		ServiceRegistry<Registration> otherServiceRegistry() {
			return new OtherRegistry();
		}

		@Bean
		OwnRegistration otherRegistration() {
			return new OwnRegistration();
		}

		@Bean
		AutoServiceRegistration otherAutoServiceRegistration() {
			return new AutoServiceRegistration() {
			};
		}

	}

	static class OtherRegistry implements ServiceRegistry<Registration> {

		@Override
		public void register(Registration registration) {
		}

		@Override
		public void deregister(Registration registration) {
		}

		@Override
		public void close() {
		}

		@Override
		public void setStatus(Registration registration, String status) {
		}

		@Override
		@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
		public <T> T getStatus(Registration registration) {
			return (T) "UP";
		}

	}

}
