package io.github.etcdspring.resilience;

import java.util.List;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.core.Ordered;

/**
 * Takes the registries of Resilience4j out of the refresh scope, where each change would
 * replace all instances with new ones.
 */
final class RegistryBeans implements BeanDefinitionRegistryPostProcessor, Ordered {

	static final String CIRCUIT_BREAKERS = "circuitBreakerRegistry";

	static final String RATE_LIMITERS = "rateLimiterRegistry";

	static final String BULKHEADS = "bulkheadRegistry";

	static final String RETRIES = "retryRegistry";

	static final String TIME_LIMITERS = "timeLimiterRegistry";

	private static final List<String> NAMES = List.of(CIRCUIT_BREAKERS, RATE_LIMITERS, BULKHEADS, RETRIES,
			TIME_LIMITERS);

	private static final String REFRESH_SCOPE = "refresh";

	/**
	 * Return whether a registry is defined by a configuration of Resilience4j.
	 * @param registry the bean definitions
	 * @param name the name of the bean
	 */
	static boolean isDefined(BeanDefinitionRegistry registry, String name) {
		String target = target(registry.containsBeanDefinition(ScopedProxyUtils.getTargetBeanName(name)), name);
		if (!registry.containsBeanDefinition(target)) {
			return false;
		}
		String factory = registry.getBeanDefinition(target).getFactoryBeanName();
		return factory != null && factory.startsWith("io.github.resilience4j.");
	}

	/**
	 * Return a registry without its scoped proxy.
	 * @param <T> the type of the registry
	 * @param beans the beans
	 * @param name the name of the bean
	 * @param type the type of the registry
	 */
	static <T> T get(BeanFactory beans, String name, Class<T> type) {
		return beans.getBean(target(beans.containsBean(ScopedProxyUtils.getTargetBeanName(name)), name), type);
	}

	private static String target(boolean scoped, String name) {
		return (scoped) ? ScopedProxyUtils.getTargetBeanName(name) : name;
	}

	@Override
	public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
		for (String name : NAMES) {
			if (isDefined(registry, name)) {
				String target = target(registry.containsBeanDefinition(ScopedProxyUtils.getTargetBeanName(name)), name);
				BeanDefinition definition = registry.getBeanDefinition(target);
				if (REFRESH_SCOPE.equals(definition.getScope())) {
					definition.setScope(BeanDefinition.SCOPE_SINGLETON);
				}
			}
		}
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
		// only bean definitions are processed
	}

	/** Before the refresh scope, which replaces the proxies of its beans. */
	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

}
