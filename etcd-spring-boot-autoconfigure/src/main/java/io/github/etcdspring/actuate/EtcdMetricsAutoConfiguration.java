package io.github.etcdspring.actuate;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.config.EtcdConfigAutoConfiguration;
import io.github.etcdspring.discovery.EtcdDiscoveryAutoConfiguration;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.loadbalancer.EtcdOutlierEjectionAutoConfiguration;
import io.github.etcdspring.loadbalancer.OutlierEjection;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.registry.EtcdRegistryAutoConfiguration;
import io.github.etcdspring.registry.EtcdServiceRegistry;
import io.github.etcdspring.registry.InstanceOverrides;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for the meters of requests, discovery, registration, configuration
 * and watches.
 *
 * @since 0.1.0
 */
@AutoConfiguration(
		after = { EtcdAutoConfiguration.class, EtcdDiscoveryAutoConfiguration.class,
				EtcdRegistryAutoConfiguration.class, EtcdConfigAutoConfiguration.class,
				EtcdOutlierEjectionAutoConfiguration.class },
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass({ MeterRegistry.class, MeterBinder.class })
@ConditionalOnProperty(name = "spring.cloud.etcd.enabled", matchIfMissing = true)
public final class EtcdMetricsAutoConfiguration {

	@Bean
	@ConditionalOnBean(MeterRegistry.class)
	CallMetrics etcdCallMetrics(MeterRegistry registry) {
		return new CallMetrics(registry);
	}

	@Bean
	@ConditionalOnBean(name = "etcdServiceCatalog")
	DiscoveryMetrics etcdDiscoveryMetrics(ServiceCatalog etcdServiceCatalog) {
		return new DiscoveryMetrics(etcdServiceCatalog);
	}

	@Bean
	@ConditionalOnBean(name = "etcdServiceCatalog")
	WatchMetrics etcdDiscoveryWatchMetrics(ServiceCatalog etcdServiceCatalog) {
		return new WatchMetrics("services", etcdServiceCatalog::total);
	}

	@Bean
	@ConditionalOnBean(name = "etcdServiceCatalog")
	WatchMetrics etcdOverridesWatchMetrics(InstanceOverrides etcdInstanceOverrides) {
		return new WatchMetrics("overrides", etcdInstanceOverrides::watch);
	}

	@Bean
	@ConditionalOnBean(name = "etcdOutlierEjection")
	EjectionMetrics etcdEjectionMetrics(OutlierEjection etcdOutlierEjection, ServiceCatalog etcdServiceCatalog) {
		return new EjectionMetrics(etcdOutlierEjection, etcdServiceCatalog);
	}

	@Bean
	@ConditionalOnBean(name = "etcdServiceRegistry")
	RegistrationMetrics etcdRegistrationMetrics(LeaseSession etcdLeaseSession,
			EtcdServiceRegistry etcdServiceRegistry) {
		return new RegistrationMetrics(etcdLeaseSession, etcdServiceRegistry);
	}

	@Bean
	@ConditionalOnBean(name = "etcdConfigRefresh")
	ConfigurationMetrics etcdConfigurationMetrics(ConfigRefresh etcdConfigRefresh) {
		return new ConfigurationMetrics(etcdConfigRefresh);
	}

	@Bean
	@ConditionalOnBean(name = "etcdConfigWatch")
	WatchMetrics etcdConfigurationWatchMetrics(ConfigWatch etcdConfigWatch) {
		return new WatchMetrics("config", () -> etcdConfigWatch.watches().stream().findFirst().orElse(null));
	}

}
