package io.github.etcdspring.loadbalancer;

import io.github.etcdspring.discovery.EtcdDiscoveryAutoConfiguration;
import io.github.etcdspring.discovery.ServiceCatalog;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration that keeps this application from calling instances that it cannot
 * reach.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdDiscoveryAutoConfiguration.class, before = LoadBalancerAutoConfiguration.class)
@ConditionalOnClass(LoadBalancerClients.class)
@ConditionalOnBean(name = "etcdServiceCatalog")
@ConditionalOnProperty(name = "spring.cloud.etcd.loadbalancer.ejection.enabled", matchIfMissing = true)
@EnableConfigurationProperties(EtcdLoadBalancerProperties.class)
@LoadBalancerClients(defaultConfiguration = EjectionClientConfiguration.class)
public final class EtcdOutlierEjectionAutoConfiguration {

	@Bean
	OutlierEjection etcdOutlierEjection(EtcdLoadBalancerProperties properties, ServiceCatalog etcdServiceCatalog) {
		etcdServiceCatalog.keepVanished(properties.massExpiry().threshold(), properties.massExpiry().duration());
		return new OutlierEjection(properties.ejection(), etcdServiceCatalog::knows, etcdServiceCatalog::vanished,
				System::nanoTime);
	}

	@Bean
	ApplicationListener<HeartbeatEvent> etcdOutlierEjectionCleanup(OutlierEjection etcdOutlierEjection,
			ServiceCatalog etcdServiceCatalog) {
		return (event) -> etcdOutlierEjection.retain(etcdServiceCatalog.instances());
	}

	@Bean
	CallOutcomes etcdCallOutcomes(OutlierEjection etcdOutlierEjection) {
		return new CallOutcomes(etcdOutlierEjection);
	}

}
