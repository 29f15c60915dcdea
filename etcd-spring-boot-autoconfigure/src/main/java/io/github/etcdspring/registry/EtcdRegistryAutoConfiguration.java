package io.github.etcdspring.registry;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.lease.LeaseSession;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.ConditionalOnDiscoveryEnabled;
import org.springframework.cloud.client.serviceregistry.ServiceRegistry;
import org.springframework.cloud.client.serviceregistry.ServiceRegistryAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Fallback;

/**
 * Auto-configuration for a {@link ServiceRegistry} that stores instances in etcd.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdAutoConfiguration.class, EtcdInstanceOverridesAutoConfiguration.class },
		before = ServiceRegistryAutoConfiguration.class)
@ConditionalOnClass(ServiceRegistry.class)
@ConditionalOnBean(name = "etcdConnection")
@ConditionalOnDiscoveryEnabled
@ConditionalOnProperty(name = { "spring.cloud.etcd.discovery.enabled", "spring.cloud.service-registry.enabled" },
		matchIfMissing = true)
@EnableConfigurationProperties(EtcdDiscoveryProperties.class)
public final class EtcdRegistryAutoConfiguration {

	/** Closed by the registry, which decides whether to revoke the lease. */
	@Bean(destroyMethod = "")
	LeaseSession etcdLeaseSession(EtcdConnection etcdConnection, EtcdDiscoveryProperties properties) {
		return new LeaseSession(etcdConnection, properties.requireTtl());
	}

	@Bean
	@Fallback
	EtcdServiceRegistry etcdServiceRegistry(LeaseSession etcdLeaseSession, InstanceOverrides etcdInstanceOverrides,
			EtcdDiscoveryProperties properties) {
		InstanceKeys keys = InstanceKeys.of(properties);
		return new EtcdServiceRegistry(etcdLeaseSession, keys,
				new OwnOverrides(etcdLeaseSession, keys, etcdInstanceOverrides), properties.deregister());
	}

}
