package io.github.etcdspring.operations;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.InstanceKeys;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * Auto-configuration for {@link EtcdInstanceOperations}. It does not require that the
 * application discovers services.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdAutoConfiguration.class)
@ConditionalOnBean(name = "etcdConnection")
@EnableConfigurationProperties(EtcdDiscoveryProperties.class)
public final class EtcdInstanceOperationsAutoConfiguration {

	@Bean
	@Lazy
	@ConditionalOnMissingBean(EtcdInstanceOperations.class)
	EtcdInstanceTemplate etcdInstanceTemplate(EtcdConnection etcdConnection, EtcdDiscoveryProperties properties) {
		return new EtcdInstanceTemplate(etcdConnection, InstanceKeys.of(properties),
				InstanceKeys.ofOverrides(properties));
	}

}
