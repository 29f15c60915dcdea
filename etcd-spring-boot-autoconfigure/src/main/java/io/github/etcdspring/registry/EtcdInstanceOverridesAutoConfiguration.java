package io.github.etcdspring.registry;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.ConditionalOnDiscoveryEnabled;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for the overrides of instances, which both callers and instances
 * follow.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdAutoConfiguration.class)
@ConditionalOnClass(DiscoveryClient.class)
@ConditionalOnBean(name = "etcdConnection")
@ConditionalOnDiscoveryEnabled
@ConditionalOnProperty(name = "spring.cloud.etcd.discovery.enabled", matchIfMissing = true)
@EnableConfigurationProperties(EtcdDiscoveryProperties.class)
public final class EtcdInstanceOverridesAutoConfiguration {

	@Bean
	InstanceOverrides etcdInstanceOverrides(EtcdConnection etcdConnection, EtcdDiscoveryProperties properties) {
		return new InstanceOverrides(etcdConnection, InstanceKeys.ofOverrides(properties));
	}

}
