package io.github.etcdspring.pool;

import com.zaxxer.hikari.HikariDataSource;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration that makes connection and thread pools follow configuration changes.
 *
 * @since 0.1.0
 */
@AutoConfiguration
@ConditionalOnBean(name = "etcdLiveConfiguration")
@ConditionalOnProperty(name = "spring.cloud.etcd.pool.enabled", matchIfMissing = true)
public final class EtcdPoolAutoConfiguration {

	@Bean
	TaskPoolFollower etcdTaskPoolFollower(ConfigurableListableBeanFactory beans, Environment environment) {
		return new TaskPoolFollower(beans, environment);
	}

	/**
	 * Configuration of connection pools.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HikariDataSource.class)
	static class HikariConfiguration {

		@Bean
		HikariFollower etcdHikariFollower(ConfigurableListableBeanFactory beans, Environment environment) {
			return new HikariFollower(beans, environment);
		}

	}

}
