package io.github.etcdspring.fleet;

import java.util.List;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.RandomId;
import io.github.etcdspring.config.ConfigImport;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.config.EtcdConfigAutoConfiguration;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.registry.EtcdAutoServiceRegistrationAutoConfiguration;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.EtcdRegistration;
import io.github.etcdspring.registry.InstanceKey;
import jakarta.validation.Validator;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Auto-configuration for the fleet: each instance publishes which revision of the
 * configuration it has applied or rejected and, if enabled, each version of an
 * application its configuration properties.
 *
 * @since 0.1.0
 */
@AutoConfiguration(
		after = { EtcdAutoConfiguration.class, EtcdConfigAutoConfiguration.class,
				EtcdAutoServiceRegistrationAutoConfiguration.class },
		afterName = "org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration")
@ConditionalOnBean(name = "etcdConnection")
@EnableConfigurationProperties({ EtcdFleetProperties.class, EtcdDiscoveryProperties.class })
public final class EtcdFleetAutoConfiguration {

	@Bean
	FleetReader etcdFleetReader(EtcdConnection etcdConnection, EtcdFleetProperties properties,
			EtcdDiscoveryProperties discovery) {
		return new FleetReader(etcdConnection, FleetKeys.of(properties, discovery));
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
				: service + "-" + RandomId.create();
		return new InstanceKey(service, instance);
	}

	private static @Nullable String version(EtcdDiscoveryProperties discovery, Environment environment) {
		return StringUtils.hasText(discovery.version()) ? discovery.version()
				: environment.getProperty("spring.application.version");
	}

	/**
	 * Publishes the configuration of this instance.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(name = { "etcdConfigImport", "etcdConfigRefresh" }, search = SearchStrategy.CURRENT)
	@ConditionalOnProperty(name = "spring.cloud.etcd.fleet.enabled", matchIfMissing = true)
	static class PublisherConfiguration {

		/**
		 * An application that neither registers nor discovers services has no other
		 * lease.
		 */
		@Bean
		@ConditionalOnBean(name = "etcdConfigWatch")
		@ConditionalOnMissingBean(LeaseSession.class)
		LeaseSession etcdFleetLeaseSession(EtcdConnection etcdConnection, EtcdDiscoveryProperties discovery) {
			return new LeaseSession(etcdConnection, discovery.requireTtl());
		}

		@Bean
		@ConditionalOnBean(LeaseSession.class)
		FleetPublisher etcdFleetPublisher(LeaseSession etcdLeaseSession, ConfigImport etcdConfigImport,
				ConfigRefresh etcdConfigRefresh, FleetReader etcdFleetReader, EtcdDiscoveryProperties discovery,
				ObjectProvider<ConfigWatch> etcdConfigWatch, ObjectProvider<EtcdRegistration> etcdRegistration,
				Environment environment) {
			InstanceKey name = name(etcdRegistration.getIfUnique(), discovery, environment);
			String version = version(discovery, environment);
			String zone = StringUtils.hasText(discovery.instanceZone()) ? discovery.instanceZone() : null;
			ConfigWatch watching = etcdConfigWatch.getIfAvailable();
			FleetPublisher publisher = new FleetPublisher(etcdLeaseSession,
					etcdFleetReader.keys().key(name.serviceId(), name.instanceId()), etcdConfigRefresh,
					(status) -> new FleetInstance(name.serviceId(), name.instanceId(), version, zone,
							etcdConfigImport.prefixes(), status.appliedRevision(), status.seenRevision(),
							status.rejected(), (watching != null) ? watching.answers() : List.of()));
			if (watching != null) {
				watching.addAnswerListener(publisher::statusChanged);
				watching.rollouts().nameInstance(name.serviceId() + "/" + name.instanceId());
			}
			return publisher;
		}

	}

	/**
	 * Publishes the configuration properties of this application.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = "spring.cloud.etcd.fleet.publish-properties", havingValue = "true")
	static class PropertiesConfiguration {

		@Bean
		@ConditionalOnMissingBean
		PropertiesPublisher etcdFleetPropertiesPublisher(EtcdConnection etcdConnection, FleetReader etcdFleetReader,
				EtcdDiscoveryProperties discovery, ObjectProvider<EtcdRegistration> etcdRegistration,
				ObjectProvider<PropertyConstraints> constraints, Environment environment,
				ConfigurableListableBeanFactory beans) {
			String service = name(etcdRegistration.getIfUnique(), discovery, environment).serviceId();
			String version = version(discovery, environment);
			ApplicationProperties properties = new ApplicationProperties(beans,
					constraints.getIfAvailable(() -> PropertyConstraints.NONE));
			return new PropertiesPublisher(etcdConnection,
					etcdFleetReader.keys().propertiesKey(service, StringUtils.hasText(version) ? version : "unknown"),
					etcdFleetReader.keys().propertiesRange(service), () -> MetadataWriter.write(properties.describe()));
		}

		/**
		 * The validator may be missing.
		 */
		@Configuration(proxyBeanMethods = false)
		@ConditionalOnClass(Validator.class)
		static class ConstraintsConfiguration {

			@Bean
			@ConditionalOnSingleCandidate(Validator.class)
			ValidatorConstraints etcdFleetPropertyConstraints(Validator validator) {
				return new ValidatorConstraints(validator);
			}

		}

	}

}
