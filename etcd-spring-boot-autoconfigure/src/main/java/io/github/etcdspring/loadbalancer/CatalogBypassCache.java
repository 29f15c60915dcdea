package io.github.etcdspring.loadbalancer;

import java.util.concurrent.Callable;

import io.github.etcdspring.discovery.ServiceCatalog;
import org.jspecify.annotations.Nullable;

import org.springframework.cache.Cache;

/**
 * Cache decorator that bypasses the cache for services that the catalog knows.
 */
final class CatalogBypassCache implements Cache {

	private final Cache cache;

	private final ServiceCatalog catalog;

	CatalogBypassCache(Cache cache, ServiceCatalog catalog) {
		this.cache = cache;
		this.catalog = catalog;
	}

	private boolean isBypassed(Object key) {
		return this.catalog.knows(key.toString());
	}

	@Override
	public String getName() {
		return this.cache.getName();
	}

	@Override
	public Object getNativeCache() {
		return this.cache.getNativeCache();
	}

	@Override
	public @Nullable ValueWrapper get(Object key) {
		return (isBypassed(key)) ? null : this.cache.get(key);
	}

	@Override
	public <T> @Nullable T get(Object key, @Nullable Class<T> type) {
		return (isBypassed(key)) ? null : this.cache.get(key, type);
	}

	@Override
	public <T> @Nullable T get(Object key, Callable<T> loader) {
		if (!isBypassed(key)) {
			return this.cache.get(key, loader);
		}
		try {
			return loader.call();
		}
		catch (Exception ex) {
			throw new ValueRetrievalException(key, loader, ex);
		}
	}

	@Override
	public void put(Object key, @Nullable Object value) {
		if (isBypassed(key)) {
			this.cache.evict(key);
		}
		else {
			this.cache.put(key, value);
		}
	}

	@Override
	public void evict(Object key) {
		this.cache.evict(key);
	}

	@Override
	public void clear() {
		this.cache.clear();
	}

}
