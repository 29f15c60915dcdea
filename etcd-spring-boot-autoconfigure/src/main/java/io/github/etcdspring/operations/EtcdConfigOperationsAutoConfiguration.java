package io.github.etcdspring.operations;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for {@link EtcdConfigOperations}. It does not require that the
 * application imports configuration from etcd.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdAutoConfiguration.class)
@ConditionalOnBean(EtcdConnection.class)
public final class EtcdConfigOperationsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(EtcdConfigOperations.class)
	EtcdConfigTemplate etcdConfigTemplate(EtcdConnection connection) {
		return new EtcdConfigTemplate(connection);
	}

}
