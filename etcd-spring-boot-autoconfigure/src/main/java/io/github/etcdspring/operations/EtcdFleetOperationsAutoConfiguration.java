package io.github.etcdspring.operations;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.fleet.EtcdFleetAutoConfiguration;
import io.github.etcdspring.fleet.FleetReader;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * Auto-configuration for {@link EtcdFleetOperations}. It does not require that the
 * application imports configuration from etcd.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdFleetAutoConfiguration.class)
@ConditionalOnBean(name = "etcdFleetReader")
public final class EtcdFleetOperationsAutoConfiguration {

	@Bean
	@Lazy
	@ConditionalOnMissingBean(EtcdFleetOperations.class)
	EtcdFleetTemplate etcdFleetTemplate(EtcdConnection etcdConnection, FleetReader etcdFleetReader) {
		return new EtcdFleetTemplate(etcdConnection, etcdFleetReader);
	}

}
