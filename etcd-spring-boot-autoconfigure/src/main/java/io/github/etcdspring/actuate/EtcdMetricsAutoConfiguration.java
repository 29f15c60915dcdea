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
	@ConditionalOnBean(ServiceCatalog.class)
	DiscoveryMetrics etcdDiscoveryMetrics(ServiceCatalog catalog) {
		return new DiscoveryMetrics(catalog);
	}

	@Bean
	@ConditionalOnBean(ServiceCatalog.class)
	WatchMetrics etcdDiscoveryWatchMetrics(ServiceCatalog catalog) {
		return new WatchMetrics("services", catalog::total);
	}

	@Bean
	@ConditionalOnBean(ServiceCatalog.class)
	WatchMetrics etcdOverridesWatchMetrics(InstanceOverrides overrides) {
		return new WatchMetrics("overrides", overrides::watch);
	}

	@Bean
	@ConditionalOnBean(OutlierEjection.class)
	EjectionMetrics etcdEjectionMetrics(OutlierEjection ejection, ServiceCatalog catalog) {
		return new EjectionMetrics(ejection, catalog);
	}

	@Bean
	@ConditionalOnBean(EtcdServiceRegistry.class)
	RegistrationMetrics etcdRegistrationMetrics(LeaseSession session, EtcdServiceRegistry registry) {
		return new RegistrationMetrics(session, registry);
	}

	@Bean
	@ConditionalOnBean(ConfigRefresh.class)
	ConfigurationMetrics etcdConfigurationMetrics(ConfigRefresh refresh) {
		return new ConfigurationMetrics(refresh);
	}

	@Bean
	@ConditionalOnBean(ConfigWatch.class)
	WatchMetrics etcdConfigurationWatchMetrics(ConfigWatch watch) {
		return new WatchMetrics("config", () -> watch.watches().stream().findFirst().orElse(null));
	}

}
