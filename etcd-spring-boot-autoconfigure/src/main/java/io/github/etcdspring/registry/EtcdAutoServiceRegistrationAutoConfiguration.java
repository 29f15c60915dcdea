package io.github.etcdspring.registry;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.lease.LeaseSession;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.contributor.Status;
import org.springframework.cloud.client.serviceregistry.AutoServiceRegistrationAutoConfiguration;
import org.springframework.cloud.client.serviceregistry.AutoServiceRegistrationProperties;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.cloud.client.serviceregistry.RegistrationLifecycle;
import org.springframework.cloud.client.serviceregistry.ServiceRegistryAutoConfiguration;
import org.springframework.cloud.commons.util.InetUtils;
import org.springframework.cloud.commons.util.UtilAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration that registers this application by itself.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdRegistryAutoConfiguration.class, UtilAutoConfiguration.class },
		afterName = "org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration",
		before = { ServiceRegistryAutoConfiguration.class, AutoServiceRegistrationAutoConfiguration.class })
@ConditionalOnBean(EtcdServiceRegistry.class)
@ConditionalOnMissingBean(Registration.class)
@ConditionalOnProperty(
		name = { "spring.cloud.service-registry.auto-registration.enabled", "spring.cloud.etcd.discovery.register" },
		matchIfMissing = true)
public final class EtcdAutoServiceRegistrationAutoConfiguration {

	@Bean
	RegistrationFactory etcdRegistrationFactory(EtcdDiscoveryProperties properties, Environment environment,
			InetUtils inetUtils) {
		return new RegistrationFactory(properties, environment, inetUtils);
	}

	@Bean
	EtcdRegistration etcdRegistration(RegistrationFactory factory) {
		return factory.create();
	}

	@Bean
	EtcdAutoServiceRegistration etcdAutoServiceRegistration(EtcdServiceRegistry registry, EtcdRegistration registration,
			RegistrationFactory factory, LeaseSession session, EtcdConnection connection,
			EtcdDiscoveryProperties properties, ObjectProvider<AutoServiceRegistrationProperties> commons,
			ObjectProvider<RegistrationLifecycle<EtcdRegistration>> lifecycles, ApplicationContext context) {
		AutoServiceRegistrationProperties switches = commons.getIfAvailable(AutoServiceRegistrationProperties::new);
		return new EtcdAutoServiceRegistration(registry, registration, factory, session, connection, properties,
				switches.isRegisterManagement(), lifecycles.orderedStream().toList(), context);
	}

	/**
	 * Lets a health group decide too.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HealthEndpoint.class)
	@ConditionalOnProperty("spring.cloud.etcd.discovery.health.group")
	static class HealthGateConfiguration {

		@Bean
		HealthGate etcdRegistrationHealthGate(ObjectProvider<HealthEndpoint> endpoint,
				ObjectProvider<HealthEndpointGroups> groups, EtcdDiscoveryProperties properties,
				EtcdAutoServiceRegistration registration) {
			String group = String.valueOf(properties.health().group());
			HealthEndpoint health = endpoint.getIfAvailable();
			HealthEndpointGroups known = groups.getIfAvailable();
			if (health == null || known == null || !known.getNames().contains(group)) {
				throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.discovery.health.group", group,
						"There is no such health group. Define it by management.endpoint.health.group." + group
								+ ".include, and add spring-boot-starter-actuator.");
			}
			return new HealthGate(() -> isUp(health, group), properties.health(), registration::healthChanged);
		}

		private static boolean isUp(HealthEndpoint health, String group) {
			HealthDescriptor found = health.healthForPath(group);
			return found != null && Status.UP.equals(found.getStatus());
		}

	}

}
