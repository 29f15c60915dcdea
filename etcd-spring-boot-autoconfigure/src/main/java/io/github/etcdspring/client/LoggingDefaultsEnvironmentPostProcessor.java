package io.github.etcdspring.client;

import java.util.Map;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Quietens loggers that speak of what the starter deals with, below every property source
 * of the application: jetcd warns twice of each failed attempt, and the load balancer
 * asks for another cache, which services in etcd do not use.
 */
final class LoggingDefaultsEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

	private static final Map<String, Object> LEVELS = Map.of("logging.level.io.etcd.jetcd.impl", "error",
			"logging.level[org.springframework.cloud.loadbalancer.config.LoadBalancerCacheAutoConfiguration"
					+ "$LoadBalancerCaffeineWarnLogger]",
			"error");

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		if (environment.getProperty("spring.cloud.etcd.enabled", Boolean.class, true)) {
			environment.getPropertySources().addLast(new MapPropertySource("etcdLoggingDefaults", LEVELS));
		}
	}

	/** After the application's own files, which may switch the starter off. */
	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
