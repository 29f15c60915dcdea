package io.github.etcdspring.fleet;

import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.config.ConfigImport;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.config.EtcdConfigAutoConfiguration;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.registry.EtcdAutoServiceRegistrationAutoConfiguration;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.EtcdRegistration;
import io.github.etcdspring.registry.InstanceKey;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Auto-configuration for the fleet: each instance publishes which revision of the
 * configuration it has applied or rejected.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdAutoConfiguration.class, EtcdConfigAutoConfiguration.class,
		EtcdAutoServiceRegistrationAutoConfiguration.class })
@ConditionalOnBean(EtcdConnection.class)
@EnableConfigurationProperties({ EtcdFleetProperties.class, EtcdDiscoveryProperties.class })
public final class EtcdFleetAutoConfiguration {

	@Bean
	FleetReader etcdFleetReader(EtcdConnection connection, EtcdFleetProperties properties,
			EtcdDiscoveryProperties discovery) {
		return new FleetReader(connection, FleetKeys.of(properties, discovery));
	}

	/**
	 * Publishes the configuration of this instance.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(value = { ConfigImport.class, ConfigRefresh.class }, search = SearchStrategy.CURRENT)
	@ConditionalOnProperty(name = "spring.cloud.etcd.fleet.enabled", matchIfMissing = true)
	static class PublisherConfiguration {

		/**
		 * An application that neither registers nor discovers services has no other
		 * lease.
		 */
		@Bean
		@ConditionalOnBean(ConfigWatch.class)
		@ConditionalOnMissingBean(LeaseSession.class)
		LeaseSession etcdFleetLeaseSession(EtcdConnection connection, EtcdDiscoveryProperties discovery) {
			return new LeaseSession(connection, discovery.requireTtl());
		}

		@Bean
		@ConditionalOnBean(LeaseSession.class)
		FleetPublisher etcdFleetPublisher(LeaseSession session, ConfigImport configImport, ConfigRefresh refresh,
				FleetReader reader, EtcdDiscoveryProperties discovery, ObjectProvider<ConfigWatch> watch,
				ObjectProvider<EtcdRegistration> registration, Environment environment) {
			InstanceKey name = name(registration.getIfUnique(), discovery, environment);
			String version = version(discovery, environment);
			String zone = StringUtils.hasText(discovery.instanceZone()) ? discovery.instanceZone() : null;
			ConfigWatch watching = watch.getIfAvailable();
			FleetPublisher publisher = new FleetPublisher(session,
					reader.keys().key(name.serviceId(), name.instanceId()), refresh,
					(status) -> new FleetInstance(name.serviceId(), name.instanceId(), version, zone,
							configImport.prefixes(), status.appliedRevision(), status.seenRevision(), status.rejected(),
							(watching != null) ? watching.answers() : List.of()));
			if (watching != null) {
				watching.addAnswerListener(publisher::statusChanged);
				watching.rollouts().nameInstance(name.serviceId() + "/" + name.instanceId());
			}
			return publisher;
		}

		/** The name of the instance as registered, also if it is not registered. */
		private static InstanceKey name(@Nullable EtcdRegistration registration, EtcdDiscoveryProperties discovery,
				Environment environment) {
			if (registration != null) {
				return new InstanceKey(registration.getServiceId(), registration.getInstanceId());
			}
			String service = StringUtils.hasText(discovery.serviceName()) ? discovery.serviceName()
					: environment.getProperty("spring.application.name", "application");
			String instance = StringUtils.hasText(discovery.instanceId()) ? discovery.instanceId()
					: service + "-" + String.format(Locale.ROOT, "%012x", new SecureRandom().nextLong() >>> 16);
			return new InstanceKey(service, instance);
		}

		private static @Nullable String version(EtcdDiscoveryProperties discovery, Environment environment) {
			return StringUtils.hasText(discovery.version()) ? discovery.version()
					: environment.getProperty("spring.application.version");
		}

	}

}
