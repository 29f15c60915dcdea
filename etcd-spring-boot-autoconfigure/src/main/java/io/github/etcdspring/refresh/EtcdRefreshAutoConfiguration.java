package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.List;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.logging.LoggerGroups;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.cloud.autoconfigure.ConfigurationPropertiesRebinderAutoConfiguration;
import org.springframework.cloud.autoconfigure.RefreshAutoConfiguration;
import org.springframework.cloud.context.properties.ConfigurationPropertiesBeans;
import org.springframework.cloud.context.properties.ConfigurationPropertiesRebinder;
import org.springframework.cloud.context.scope.refresh.RefreshScope;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration for an application that follows its configuration in etcd.
 *
 * @since 0.1.0
 */
@AutoConfiguration(before = { ConfigurationPropertiesRebinderAutoConfiguration.class, RefreshAutoConfiguration.class },
		after = EtcdLivePropertiesAutoConfiguration.class)
@ConditionalOnClass(RefreshScope.class)
@ConditionalOnBean(LiveConfiguration.class)
public final class EtcdRefreshAutoConfiguration {

	@Bean
	static ValueMembers etcdConfigValueMembers() {
		return new ValueMembers();
	}

	@Bean
	Followers etcdConfigFollowers(ConfigurableApplicationContext context, LiveConfiguration store,
			LiveInstances instances, ValueMembers values, ObjectProvider<LoggingSystem> loggingSystem,
			ObjectProvider<LoggerGroups> groups, ObjectProvider<CandidateCheck> checks) {
		List<Follower> others = new ArrayList<>();
		others.add(new ValueFollower(context.getBeanFactory(), values));
		loggingSystem.ifAvailable(
				(system) -> others.add(new LoggingFollower(context.getEnvironment(), system, groups.getIfAvailable())));
		return new Followers(context, store, new PropertiesFollower(context, instances), others, checks);
	}

	/** Whoever else changes the environment, no bean is reset. */
	@Bean
	@ConditionalOnMissingBean(value = ConfigurationPropertiesRebinder.class, search = SearchStrategy.CURRENT)
	EtcdPropertiesRebinder etcdConfigurationPropertiesRebinder(ObjectProvider<ConfigurationPropertiesBeans> beans,
			Followers followers) {
		return new EtcdPropertiesRebinder(beans.getIfAvailable(ConfigurationPropertiesBeans::new), followers);
	}

	/**
	 * What there is only where Commons has its refresh.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = RefreshAutoConfiguration.REFRESH_SCOPE_ENABLED, matchIfMissing = true)
	static class RefreshConfiguration {

		@Bean
		@ConditionalOnMissingBean(RefreshScope.class)
		static EtcdRefreshScope etcdRefreshScope(LiveConfiguration store) {
			return new EtcdRefreshScope(store);
		}

		@Bean
		ConfigRefresh etcdConfigRefresh(ConfigurableApplicationContext context, LiveConfiguration store,
				Followers followers, RefreshScope scope) {
			return new ConfigRefresh(followers, new RefreshAnnouncer(context, scope), store.current().revision());
		}

	}

}
