package io.github.etcdspring.rollout;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.operations.ConfigWriter;
import io.github.etcdspring.operations.EtcdConfigOperationsAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration for rollouts: {@link EtcdRolloutOperations}, and the part of an
 * instance that imports the configuration.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdConfigOperationsAutoConfiguration.class,
		afterName = {
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
				"org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration" })
@ConditionalOnBean(name = { "etcdFleetReader", "etcdConfigWriter" })
@EnableConfigurationProperties(EtcdRolloutProperties.class)
public final class EtcdRolloutAutoConfiguration {

	@Bean
	RolloutDrivers etcdRolloutDrivers(EtcdConnection etcdConnection, ConfigWriter etcdConfigWriter,
			FleetReader etcdFleetReader, Environment environment) {
		return new RolloutDrivers(etcdConnection, etcdConfigWriter, etcdFleetReader,
				environment.getProperty("spring.application.name", "application"));
	}

	@Bean
	@Lazy
	@ConditionalOnMissingBean(EtcdRolloutOperations.class)
	EtcdRolloutTemplate etcdRolloutTemplate(RolloutDrivers etcdRolloutDrivers) {
		return new EtcdRolloutTemplate(etcdRolloutDrivers);
	}

	/**
	 * Takes over rollouts of the imported keys.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(name = "etcdConfigWatch", search = SearchStrategy.CURRENT)
	static class InstanceConfiguration {

		@Bean
		@ConditionalOnProperty(name = "spring.cloud.etcd.rollout.drive", matchIfMissing = true)
		RolloutCandidate etcdRolloutCandidate(ConfigWatch etcdConfigWatch, RolloutDrivers etcdRolloutDrivers) {
			return new RolloutCandidate(etcdConfigWatch.rollouts(), etcdRolloutDrivers);
		}

		@Bean
		RolloutChecks etcdRolloutChecks(ConfigWatch etcdConfigWatch,
				ObjectProvider<RolloutChecks.Condition> conditions) {
			return new RolloutChecks(etcdConfigWatch.rollouts(), conditions.orderedStream().toList());
		}

	}

	/**
	 * Checks the health.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HealthEndpoint.class)
	@ConditionalOnBean(name = "etcdConfigWatch")
	static class HealthConfiguration {

		@Bean
		@ConditionalOnBean(HealthEndpoint.class)
		HealthCondition etcdRolloutHealthCondition(@Lazy HealthEndpoint health) {
			return new HealthCondition(health);
		}

	}

	/**
	 * Checks meters.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(MeterRegistry.class)
	@ConditionalOnBean(name = "etcdConfigWatch")
	static class MeterConfiguration {

		@Bean
		@ConditionalOnBean(MeterRegistry.class)
		MeterCondition etcdRolloutMeterCondition(ObjectProvider<MeterRegistry> registry) {
			return new MeterCondition(registry.getObject());
		}

	}

}
