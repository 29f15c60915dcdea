package io.github.etcdspring.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.client.ClusterProbe;
import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.config.EtcdConfigAutoConfiguration;
import io.github.etcdspring.discovery.EtcdDiscoveryAutoConfiguration;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.loadbalancer.OutlierEjection;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.registry.EtcdRegistryAutoConfiguration;
import io.github.etcdspring.registry.EtcdServiceRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration for the health indicators of the etcd cluster, discovery,
 * registration and configuration.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdAutoConfiguration.class, EtcdDiscoveryAutoConfiguration.class,
		EtcdRegistryAutoConfiguration.class, EtcdConfigAutoConfiguration.class })
@ConditionalOnClass({ HealthContributor.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(name = "etcdConnection")
@ConditionalOnEnabledHealthIndicator("etcd")
public final class EtcdHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "etcdHealthIndicator", "etcdHealthContributor" },
			search = SearchStrategy.CURRENT)
	CompositeHealthContributor etcdHealthContributor(Environment environment, EtcdConnection etcdConnection,
			ObjectProvider<ServiceCatalog> etcdServiceCatalog, ObjectProvider<LeaseSession> etcdLeaseSession,
			ObjectProvider<EtcdServiceRegistry> etcdServiceRegistry, ObjectProvider<ConfigRefresh> etcdConfigRefresh,
			ObjectProvider<ConfigWatch> etcdConfigWatch, ObjectProvider<OutlierEjection> etcdOutlierEjection) {
		Map<String, HealthContributor> contributors = new LinkedHashMap<>();
		contributors.put("cluster", new ClusterHealthIndicator(new ClusterProbe(etcdConnection)));
		etcdServiceCatalog.ifAvailable((services) -> contributors.put("discovery",
				new DiscoveryHealthIndicator(services, etcdOutlierEjection.getIfAvailable())));
		etcdServiceRegistry.ifAvailable((instances) -> contributors.put("registration",
				new RegistrationHealthIndicator(etcdLeaseSession.getObject(), instances)));
		etcdConfigWatch.ifAvailable((open) -> contributors.put("configuration",
				new ConfigurationHealthIndicator(etcdConfigRefresh.getObject(), open)));
		contributors.keySet().removeIf((name) -> !isEnabled(environment, name));
		return CompositeHealthContributor.fromMap(contributors);
	}

	/**
	 * Indicators ignore {@code management.health.defaults.enabled}: if the defaults are
	 * disabled, enabling {@code etcd} enables all of them.
	 */
	private static boolean isEnabled(Environment environment, String contributor) {
		return environment.getProperty("management.health.etcd." + contributor + ".enabled", Boolean.class, true);
	}

}
