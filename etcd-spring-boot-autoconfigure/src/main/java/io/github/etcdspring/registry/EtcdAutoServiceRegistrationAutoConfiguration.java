package io.github.etcdspring.registry;

import java.util.Arrays;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.lease.LeaseSession;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroup;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.cloud.client.serviceregistry.AutoServiceRegistrationAutoConfiguration;
import org.springframework.cloud.client.serviceregistry.AutoServiceRegistrationProperties;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.cloud.client.serviceregistry.RegistrationLifecycle;
import org.springframework.cloud.client.serviceregistry.ServiceRegistryAutoConfiguration;
import org.springframework.cloud.commons.util.InetUtils;
import org.springframework.cloud.commons.util.UtilAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.core.env.Environment;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/**
 * Auto-configuration for the automatic registration of this application.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdRegistryAutoConfiguration.class, UtilAutoConfiguration.class },
		afterName = "org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration",
		before = { ServiceRegistryAutoConfiguration.class, AutoServiceRegistrationAutoConfiguration.class })
@ConditionalOnBean(name = "etcdServiceRegistry")
@ConditionalOnMissingBean(value = Registration.class, search = SearchStrategy.CURRENT)
@ConditionalOnProperty(
		name = { "spring.cloud.service-registry.auto-registration.enabled", "spring.cloud.etcd.discovery.register" },
		matchIfMissing = true)
public final class EtcdAutoServiceRegistrationAutoConfiguration {

	@Bean
	RegistrationFactory etcdRegistrationFactory(EtcdDiscoveryProperties properties,
			ObjectProvider<AutoServiceRegistrationProperties> commons, Environment environment, InetUtils inetUtils,
			ObjectProvider<GrpcPort> etcdRegistrationGrpcPort) {
		boolean registerManagement = commons.getIfAvailable(AutoServiceRegistrationProperties::new)
			.isRegisterManagement();
		return new RegistrationFactory(properties, registerManagement, environment, inetUtils,
				etcdRegistrationGrpcPort.getIfAvailable(() -> GrpcPort.NONE));
	}

	@Bean
	@Fallback
	EtcdRegistration etcdRegistration(RegistrationFactory etcdRegistrationFactory) {
		return etcdRegistrationFactory.create();
	}

	@Bean
	RegistrationEventPublisher etcdRegistrationEventPublisher(EtcdRegistration etcdRegistration,
			EtcdDiscoveryProperties properties,
			ObjectProvider<RegistrationLifecycle<? super EtcdRegistration>> lifecycles,
			ConfigurableApplicationContext context) {
		return new RegistrationEventPublisher(context, etcdRegistration, properties,
				lifecycles.orderedStream().toList());
	}

	@Bean
	@Fallback
	EtcdAutoServiceRegistration etcdAutoServiceRegistration(EtcdServiceRegistry etcdServiceRegistry,
			EtcdRegistration etcdRegistration, RegistrationFactory etcdRegistrationFactory,
			RegistrationEventPublisher etcdRegistrationEventPublisher, LeaseSession etcdLeaseSession,
			EtcdConnection etcdConnection, EtcdDiscoveryProperties properties, ApplicationContext context) {
		return new EtcdAutoServiceRegistration(etcdServiceRegistry, etcdRegistration, etcdRegistrationFactory,
				etcdRegistrationEventPublisher, etcdLeaseSession, etcdConnection, properties, context);
	}

	private static InvalidConfigurationPropertyValueException noSuchGroup(String group) {
		return new InvalidConfigurationPropertyValueException("spring.cloud.etcd.discovery.health.group", group,
				"Unknown health group. Define it with management.endpoint.health.group." + group
						+ ".include, and add spring-boot-starter-actuator.");
	}

	/**
	 * Registers the port of the gRPC server. The server would start after the
	 * registration and stop before it. A dependency reverses that order, as a bean starts
	 * after and stops before the beans that it depends on.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(GrpcServerLifecycle.class)
	static class GrpcConfiguration {

		@Bean
		GrpcPort etcdRegistrationGrpcPort(ConfigurableListableBeanFactory beans) {
			String[] servers = beans.getBeanNamesForType(GrpcServerLifecycle.class, true, false);
			for (String server : servers) {
				beans.registerDependentBean(server, "etcdAutoServiceRegistration");
			}
			return () -> Arrays.stream(servers)
				.mapToInt((server) -> beans.getBean(server, GrpcServerLifecycle.class).getPort())
				.filter((port) -> port > 0)
				.findFirst()
				.orElse(0);
		}

	}

	/**
	 * Registers the instance only while a health group is up.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HealthEndpoint.class)
	@ConditionalOnProperty("spring.cloud.etcd.discovery.health.group")
	static class HealthGateConfiguration {

		@Bean
		HealthGate etcdRegistrationHealthGate(ObjectProvider<HealthEndpoint> endpoint,
				ObjectProvider<HealthEndpointGroups> groups, EtcdDiscoveryProperties properties,
				EtcdAutoServiceRegistration etcdAutoServiceRegistration) {
			String name = String.valueOf(properties.health().group());
			HealthEndpoint health = endpoint.getIfAvailable();
			HealthEndpointGroups known = groups.getIfAvailable();
			HealthEndpointGroup group = (known != null) ? known.get(name) : null;
			if (health == null || group == null) {
				throw noSuchGroup(name);
			}
			return new HealthGate(() -> isUp(health.healthForPath(name), group), properties.health(),
					etcdAutoServiceRegistration::healthChanged);
		}

		/** Same result as a probe of the group over HTTP. */
		private static boolean isUp(@Nullable HealthDescriptor found, HealthEndpointGroup group) {
			return found != null && group.getHttpCodeStatusMapper()
				.getStatusCode(found.getStatus()) == WebEndpointResponse.STATUS_OK;
		}

	}

	/**
	 * Fails on startup if a health group is configured without the actuator.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingClass("org.springframework.boot.health.actuate.endpoint.HealthEndpoint")
	@ConditionalOnProperty("spring.cloud.etcd.discovery.health.group")
	static class NoHealthConfiguration {

		@Bean
		HealthGate etcdRegistrationHealthGate(EtcdDiscoveryProperties properties) {
			throw noSuchGroup(String.valueOf(properties.health().group()));
		}

	}

}
