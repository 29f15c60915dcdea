package io.github.etcdspring.loadbalancer;

import java.time.Duration;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.cache.Cache;
import org.springframework.cache.concurrent.ConcurrentMapCache;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

class CatalogBypassCacheIntegrationTests {

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext context;

	private static ServiceCatalog catalog;

	private final Cache cache = new ConcurrentMapCache("instances");

	private final CatalogBypassCache bypassCache = new CatalogBypassCache(this.cache, catalog);

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		context = Applications.client(etcd);
		catalog = context.getBean(ServiceCatalog.class);
		etcd.etcdctl("put", "/services/ours/1", "10.0.0.1:80");
		etcd.etcdctl("put", "/services/gone/1", "10.0.0.1:80");
		await().atMost(Duration.ofSeconds(5)).until(() -> catalog.instances().size() == 2);
		etcd.etcdctl("del", "/services/gone/1");
		await().atMost(Duration.ofSeconds(5)).until(() -> catalog.instances().size() == 1);
	}

	@AfterAll
	static void stop() {
		context.close();
		etcd.close();
	}

	@Test
	void bypassesTheCacheForServicesOfTheCatalog() {
		for (String service : new String[] { "ours", "gone" }) {
			this.cache.put(service, "old");
			assertThat(this.bypassCache.get(service)).isNull();
			assertThat(this.bypassCache.get(service, String.class)).isNull();
			assertThat(this.bypassCache.get(service, () -> "new")).isEqualTo("new");
			this.bypassCache.put(service, "new");
			assertThat(this.cache.get(service)).isNull();
		}
	}

	@Test
	void cachesServicesOfOtherDiscoveryClients() {
		this.bypassCache.put("theirs", "list");
		assertThat(this.bypassCache.get("theirs", String.class)).isEqualTo("list");
		assertThat(this.bypassCache.get("theirs", () -> "other")).isEqualTo("list");
		assertThat(this.bypassCache.get("theirs").get()).isEqualTo("list");
		this.bypassCache.evict("theirs");
		assertThat(this.bypassCache.get("theirs")).isNull();
		this.bypassCache.put("theirs", "list");
		this.bypassCache.clear();
		assertThat(this.bypassCache.get("theirs")).isNull();
		assertThat(this.bypassCache.getName()).isEqualTo("instances");
		assertThat(this.bypassCache.getNativeCache()).isSameAs(this.cache.getNativeCache());
	}

	@Test
	void propagatesLoaderException() {
		assertThatExceptionOfType(Cache.ValueRetrievalException.class)
			.isThrownBy(() -> this.bypassCache.get("ours", () -> {
				throw new IllegalStateException("no list");
			}))
			.withRootCauseInstanceOf(IllegalStateException.class);
	}

}
