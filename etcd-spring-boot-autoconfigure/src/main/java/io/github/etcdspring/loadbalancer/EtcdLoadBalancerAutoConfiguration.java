package io.github.etcdspring.loadbalancer;

import io.github.etcdspring.discovery.EtcdDiscoveryAutoConfiguration;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.cloud.loadbalancer.cache.LoadBalancerCacheManager;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.loadbalancer.config.LoadBalancerZoneConfig;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration that makes changes visible to Spring Cloud LoadBalancer immediately,
 * by bypassing its cache, and sets its zone to the zone of the instance.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdDiscoveryAutoConfiguration.class, before = LoadBalancerAutoConfiguration.class)
@ConditionalOnClass(LoadBalancerCacheManager.class)
@ConditionalOnBean(name = "etcdServiceCatalog")
public final class EtcdLoadBalancerAutoConfiguration {

	@Bean
	static CatalogBypassPostProcessor etcdCatalogCachePostProcessor(ObjectProvider<ServiceCatalog> etcdServiceCatalog) {
		return new CatalogBypassPostProcessor(etcdServiceCatalog);
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnProperty("spring.cloud.etcd.discovery.instance-zone")
	LoadBalancerZoneConfig etcdLoadBalancerZoneConfig(EtcdDiscoveryProperties properties, Environment environment) {
		return new LoadBalancerZoneConfig(
				environment.getProperty("spring.cloud.loadbalancer.zone", String.valueOf(properties.instanceZone())));
	}

}
