package io.github.etcdspring.refresh;

import java.util.function.Function;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
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
 * Auto-configuration that applies configuration changes to the beans of a context. Beans
 * of a child context also follow the configuration that a parent has imported.
 *
 * @since 0.1.0
 */
@AutoConfiguration(before = { ConfigurationPropertiesRebinderAutoConfiguration.class, RefreshAutoConfiguration.class },
		after = EtcdLivePropertiesAutoConfiguration.class)
@ConditionalOnClass(RefreshScope.class)
@ConditionalOnBean(name = "etcdLiveConfiguration")
public final class EtcdRefreshAutoConfiguration {

	@Bean
	static CreatedBeans etcdCreatedBeans(ObjectProvider<LiveConfiguration> configurations) {
		return new CreatedBeans(
				configurations.stream().collect(Collectors.toMap(Function.identity(), LiveConfiguration::current)));
	}

	@Bean
	static ValueFollower etcdValueFollower(ConfigurableListableBeanFactory beans) {
		return new ValueFollower(beans);
	}

	@Bean
	ContextRefresh etcdContextRefresh(ConfigurableApplicationContext context, LiveInstances etcdLiveInstances,
			ValueFollower etcdValueFollower, CreatedBeans etcdCreatedBeans, ObjectProvider<LoggingSystem> loggingSystem,
			ObjectProvider<LoggerGroups> groups, ObjectProvider<RefreshScope> scope,
			ObjectProvider<CandidateCheck> checks) {
		LoggingSystem system = loggingSystem.getIfAvailable();
		@Nullable LoggingFollower logging = (system != null)
				? new LoggingFollower(context.getEnvironment(), system, groups.getIfAvailable()) : null;
		return new ContextRefresh(context, new PropertiesFollower(context, etcdLiveInstances), etcdValueFollower,
				etcdCreatedBeans, logging, new ScopedBeans(context, scope.getIfAvailable()), checks);
	}

	/** Ensures that other refreshes do not reset beans to their defaults either. */
	@Bean
	@ConditionalOnMissingBean(value = ConfigurationPropertiesRebinder.class, search = SearchStrategy.CURRENT)
	EtcdPropertiesRebinder etcdConfigurationPropertiesRebinder(ObjectProvider<ConfigurationPropertiesBeans> beans,
			ContextRefresh etcdContextRefresh) {
		return new EtcdPropertiesRebinder(beans.getIfAvailable(ConfigurationPropertiesBeans::new), etcdContextRefresh);
	}

	/**
	 * Beans that replace the refresh of Spring Cloud Commons, unless that is disabled.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = RefreshAutoConfiguration.REFRESH_SCOPE_ENABLED, matchIfMissing = true)
	static class RefreshConfiguration {

		@Bean
		@ConditionalOnMissingBean(value = RefreshScope.class, search = SearchStrategy.CURRENT)
		static EtcdRefreshScope refreshScope(LiveConfiguration live) {
			return new EtcdRefreshScope(live);
		}

		@Bean
		@ConditionalOnBean(name = "etcdLiveConfiguration", search = SearchStrategy.CURRENT)
		ConfigRefresh etcdConfigRefresh(LiveConfiguration live) {
			return new ConfigRefresh(live);
		}

	}

}
