package io.github.etcdspring.config;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.EtcdRefreshAutoConfiguration;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration that watches the configuration imported by
 * {@code spring.config.import=etcd:}. Only the application context with the import
 * watches etcd; its child contexts share the configuration.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdAutoConfiguration.class, EtcdRefreshAutoConfiguration.class })
@ConditionalOnBean(name = { "etcdConfigImport", "etcdConfigRefresh" }, search = SearchStrategy.CURRENT)
@EnableConfigurationProperties(EtcdConfigProperties.class)
public final class EtcdConfigAutoConfiguration {

	/** Once all singletons exist, further imports are validated, watched or not. */
	@Bean
	SmartInitializingSingleton etcdConfigImportRefresh(ConfigImport etcdConfigImport, ConfigRefresh etcdConfigRefresh) {
		return () -> etcdConfigImport.applyWith(etcdConfigRefresh);
	}

	@Bean
	@ConditionalOnBean(name = "etcdConnection")
	@ConditionalOnProperty(name = "spring.cloud.etcd.config.watch.enabled", matchIfMissing = true)
	ConfigWatch etcdConfigWatch(EtcdConnection etcdConnection, ConfigImport etcdConfigImport,
			ConfigRefresh etcdConfigRefresh, ObjectProvider<ObservationRegistry> observations) {
		return new ConfigWatch(etcdConnection, etcdConfigImport, etcdConfigRefresh,
				observations.getIfUnique(() -> ObservationRegistry.NOOP));
	}

}
