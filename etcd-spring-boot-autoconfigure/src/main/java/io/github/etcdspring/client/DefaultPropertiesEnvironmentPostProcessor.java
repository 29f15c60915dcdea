package io.github.etcdspring.client;

import java.util.HashMap;
import java.util.Map;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Adds default properties with the lowest precedence. They silence warnings that do not
 * apply with the starter: two by jetcd for each failed attempt, and one by the load
 * balancer about a cache that is not used for services in etcd. They also include new
 * instances in the health checks of the load balancer, and leave retries to the starter
 * unless those of the load balancer are configured. If only called services are followed,
 * health checks do not ask for the names of all.
 */
final class DefaultPropertiesEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

	private static final Map<String, Object> DEFAULTS = Map.of("logging.level.io.etcd.jetcd.impl", "error",
			"logging.level[org.springframework.cloud.loadbalancer.config.LoadBalancerCacheAutoConfiguration"
					+ "$LoadBalancerCaffeineWarnLogger]",
			"error", "spring.cloud.loadbalancer.health-check.refetch-instances", true,
			"spring.cloud.loadbalancer.health-check.refetch-instances-interval", "5s");

	private static final String COMMONS_RETRY = "spring.cloud.loadbalancer.retry";

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		if (environment.getProperty("spring.cloud.etcd.enabled", Boolean.class, true)) {
			Map<String, Object> defaults = new HashMap<>(DEFAULTS);
			if (replacesRetry(environment)) {
				defaults.put(COMMONS_RETRY + ".enabled", false);
			}
			if ("called".equalsIgnoreCase(environment.getProperty("spring.cloud.etcd.discovery.follow"))) {
				defaults.put("spring.cloud.discovery.client.health-indicator.use-services-query", false);
			}
			environment.getPropertySources().addLast(new MapPropertySource("etcdDefaultProperties", defaults));
		}
	}

	/**
	 * Spring Cloud LoadBalancer enables its retry if Spring Retry is on the class path.
	 * OpenFeign depends on it, so that this says nothing about the application.
	 */
	private static boolean replacesRetry(ConfigurableEnvironment environment) {
		return environment.getProperty("spring.cloud.etcd.loadbalancer.retry.enabled", Boolean.class, true)
				&& !Binder.get(environment).bind(COMMONS_RETRY, Bindable.mapOf(String.class, Object.class)).isBound();
	}

	/**
	 * After the configuration files of the application, which may disable the starter.
	 */
	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
