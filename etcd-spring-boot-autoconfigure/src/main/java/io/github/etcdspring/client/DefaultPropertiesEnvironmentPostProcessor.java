package io.github.etcdspring.client;

import java.util.Map;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Adds default properties with the lowest precedence. They silence warnings that do not
 * apply with the starter: two by jetcd for each failed attempt, and one by the load
 * balancer about a cache that is not used for services in etcd. They also include new
 * instances in the health checks of the load balancer.
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

	/**
	 * After the configuration files of the application, which may disable the starter.
	 */
	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
