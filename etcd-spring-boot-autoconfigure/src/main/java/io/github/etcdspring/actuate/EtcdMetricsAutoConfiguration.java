package io.github.etcdspring.actuate;

import io.github.etcdspring.config.ConfigRefresh;
import io.github.etcdspring.config.EtcdConfigWatchAutoConfiguration;
import io.github.etcdspring.discovery.EtcdDiscoveryAutoConfiguration;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for meters of what the starter does.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdDiscoveryAutoConfiguration.class, EtcdConfigWatchAutoConfiguration.class })
@ConditionalOnClass({ MeterRegistry.class, MeterBinder.class })
public final class EtcdMetricsAutoConfiguration {

	@Bean
	@ConditionalOnBean(ServiceCatalog.class)
	MeterBinder etcdDiscoveryMetrics(ServiceCatalog catalog) {
		return (registry) -> Gauge.builder("etcd.discovery.keys.skipped", catalog, ServiceCatalog::skipped)
			.description("Keys under the prefix of the services that hold no instance")
			.baseUnit("keys")
			.register(registry);
	}

	@Bean
	@ConditionalOnBean(ConfigRefresh.class)
	ConfigurationMetrics etcdConfigurationMetrics(ConfigRefresh refresh) {
		return new ConfigurationMetrics(refresh);
	}

}
