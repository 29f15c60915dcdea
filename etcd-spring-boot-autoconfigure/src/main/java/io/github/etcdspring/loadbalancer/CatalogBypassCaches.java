package io.github.etcdspring.loadbalancer;

import java.util.Collection;

import io.github.etcdspring.discovery.ServiceCatalog;
import org.jspecify.annotations.Nullable;

import org.springframework.cache.Cache;
import org.springframework.cloud.loadbalancer.cache.LoadBalancerCacheManager;
import org.springframework.cloud.loadbalancer.core.CachingServiceInstanceListSupplier;

/**
 * Keeps the services of the catalog out of the load balancer's cache. The catalog is in
 * memory and current; a cached copy could only be stale.
 */
final class CatalogBypassCaches implements LoadBalancerCacheManager {

	private final LoadBalancerCacheManager caches;

	private final ServiceCatalog catalog;

	CatalogBypassCaches(LoadBalancerCacheManager caches, ServiceCatalog catalog) {
		this.caches = caches;
		this.catalog = catalog;
	}

	@Override
	public @Nullable Cache getCache(String name) {
		Cache cache = this.caches.getCache(name);
		return (cache != null && CachingServiceInstanceListSupplier.SERVICE_INSTANCE_CACHE_NAME.equals(name))
				? new CatalogBypassCache(cache, this.catalog) : cache;
	}

	@Override
	public Collection<String> getCacheNames() {
		return this.caches.getCacheNames();
	}

}
