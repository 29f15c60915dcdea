package io.github.etcdspring.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.config.ConfigRefresh;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.config.EtcdConfigWatchAutoConfiguration;
import io.github.etcdspring.discovery.EtcdDiscoveryAutoConfiguration;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.registry.EtcdRegistryAutoConfiguration;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * Auto-configuration for the health of what the starter does.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdAutoConfiguration.class, EtcdDiscoveryAutoConfiguration.class,
		EtcdRegistryAutoConfiguration.class, EtcdConfigWatchAutoConfiguration.class })
@ConditionalOnClass({ HealthContributor.class, ConditionalOnEnabledHealthIndicator.class })
@Conditional(EtcdHealthContributorAutoConfiguration.OnSomethingToReport.class)
@ConditionalOnEnabledHealthIndicator("etcd")
public final class EtcdHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "etcdHealthIndicator", "etcdHealthContributor" },
			search = SearchStrategy.CURRENT)
	CompositeHealthContributor etcdHealthContributor(ObjectProvider<ServiceCatalog> catalog,
			ObjectProvider<LeaseSession> session, ObjectProvider<ConfigRefresh> refresh,
			ObjectProvider<ConfigWatch> watch) {
		Map<String, HealthContributor> contributors = new LinkedHashMap<>();
		catalog.ifAvailable((services) -> contributors.put("discovery", new DiscoveryHealthIndicator(services)));
		session.ifAvailable((lease) -> contributors.put("registration", new RegistrationHealthIndicator(lease)));
		watch.ifAvailable((open) -> contributors.put("configuration",
				new ConfigurationHealthIndicator(refresh.getObject(), open)));
		return CompositeHealthContributor.fromMap(contributors);
	}

	/**
	 * Matches where services or a configuration are followed.
	 */
	static final class OnSomethingToReport extends AnyNestedCondition {

		OnSomethingToReport() {
			super(ConfigurationPhase.REGISTER_BEAN);
		}

		/** Services are followed. */
		@ConditionalOnBean(ServiceCatalog.class)
		static final class Services {

		}

		/** A configuration is followed. */
		@ConditionalOnBean(ConfigWatch.class)
		static final class Configuration {

		}

	}

}
