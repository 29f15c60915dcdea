package io.github.etcdspring.loadbalancer;

import io.github.etcdspring.discovery.ServiceCatalog;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.loadbalancer.cache.LoadBalancerCacheManager;

/**
 * Decorates the cache manager of the load balancer with a {@link CatalogBypassCaches}.
 */
final class CatalogBypassPostProcessor implements BeanPostProcessor {

	private final ObjectProvider<ServiceCatalog> catalog;

	CatalogBypassPostProcessor(ObjectProvider<ServiceCatalog> catalog) {
		this.catalog = catalog;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return (bean instanceof LoadBalancerCacheManager caches)
				? new CatalogBypassCaches(caches, this.catalog.getObject()) : bean;
	}

}
