package io.github.etcdspring.client;

import java.util.Map;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Adds default properties with the lowest precedence. They quieten loggers that speak of
 * what the starter deals with: jetcd warns twice of each failed attempt, and the load
 * balancer asks for another cache, which services in etcd do not use. And they let the
 * load balancer's health checks see instances that come later.
 */
final class DefaultPropertiesEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

	private static final Map<String, Object> DEFAULTS = Map.of("logging.level.io.etcd.jetcd.impl", "error",
			"logging.level[org.springframework.cloud.loadbalancer.config.LoadBalancerCacheAutoConfiguration"
					+ "$LoadBalancerCaffeineWarnLogger]",
			"error", "spring.cloud.loadbalancer.health-check.refetch-instances", true,
			"spring.cloud.loadbalancer.health-check.refetch-instances-interval", "5s");

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		if (environment.getProperty("spring.cloud.etcd.enabled", Boolean.class, true)) {
			environment.getPropertySources().addLast(new MapPropertySource("etcdDefaultProperties", DEFAULTS));
		}
	}

	/** After the application's own files, which may switch the starter off. */
	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
