package io.github.etcdspring.loadbalancer;

import java.util.concurrent.ThreadLocalRandom;

import io.github.etcdspring.discovery.ServiceCatalog;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * Auto-configuration that gives instances which have just started a growing share of this
 * application's calls.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdOutlierEjectionAutoConfiguration.class, before = LoadBalancerAutoConfiguration.class)
@ConditionalOnClass(LoadBalancerClients.class)
@ConditionalOnBean(name = "etcdServiceCatalog")
@Conditional(OnSlowStartCondition.class)
@EnableConfigurationProperties(EtcdLoadBalancerProperties.class)
@LoadBalancerClients(defaultConfiguration = SlowStartClientConfiguration.class)
public final class EtcdSlowStartAutoConfiguration {

	@Bean
	SlowStart etcdSlowStart(EtcdLoadBalancerProperties properties, ServiceCatalog etcdServiceCatalog,
			ObjectProvider<OutlierEjection> etcdOutlierEjection) {
		SlowStart slowStart = new SlowStart(properties.slowStart().duration(), System::nanoTime,
				() -> ThreadLocalRandom.current().nextDouble());
		OutlierEjection outliers = etcdOutlierEjection.getIfAvailable();
		etcdServiceCatalog.setInstanceListener(new NewInstances(
				(outliers != null) ? outliers::isEjected : (instance) -> false, slowStart::begin, System::nanoTime));
		return slowStart;
	}

}
