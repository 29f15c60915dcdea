package io.github.etcdspring.discovery;

import java.time.Duration;

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

class CatalogCacheIntegrationTests {

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext context;

	private static ServiceCatalog catalog;

	private final Cache cache = new ConcurrentMapCache("instances");

	private final CatalogCache catalogCache = new CatalogCache(this.cache, catalog);

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		context = Applications.client(etcd);
		catalog = context.getBean(ServiceCatalog.class);
		etcd.etcdctl("put", "/services/ours/1", "10.0.0.1:80");
		etcd.etcdctl("put", "/services/gone/1", "10.0.0.1:80");
		await().atMost(Duration.ofSeconds(5)).until(() -> catalog.getServices().size() == 2);
		etcd.etcdctl("del", "/services/gone/1");
		await().atMost(Duration.ofSeconds(5)).until(() -> catalog.getServices().size() == 1);
	}

	@AfterAll
	static void stop() {
		context.close();
		etcd.close();
	}

	@Test
	void holdsNothingOfServicesThatTheCatalogHasOrHad() {
		for (String service : new String[] { "ours", "gone" }) {
			this.cache.put(service, "old");
			assertThat(this.catalogCache.get(service)).isNull();
			assertThat(this.catalogCache.get(service, String.class)).isNull();
			assertThat(this.catalogCache.get(service, () -> "new")).isEqualTo("new");
			this.catalogCache.put(service, "new");
			assertThat(this.cache.get(service)).isNull();
		}
	}

	@Test
	void holdsWhatOthersKnow() {
		this.catalogCache.put("theirs", "list");
		assertThat(this.catalogCache.get("theirs", String.class)).isEqualTo("list");
		assertThat(this.catalogCache.get("theirs", () -> "other")).isEqualTo("list");
		assertThat(this.catalogCache.get("theirs").get()).isEqualTo("list");
		this.catalogCache.evict("theirs");
		assertThat(this.catalogCache.get("theirs")).isNull();
		this.catalogCache.put("theirs", "list");
		this.catalogCache.clear();
		assertThat(this.catalogCache.get("theirs")).isNull();
		assertThat(this.catalogCache.getName()).isEqualTo("instances");
		assertThat(this.catalogCache.getNativeCache()).isSameAs(this.cache.getNativeCache());
	}

	@Test
	void failureToLoadIsPassedOn() {
		assertThatExceptionOfType(Cache.ValueRetrievalException.class)
			.isThrownBy(() -> this.catalogCache.get("ours", () -> {
				throw new IllegalStateException("no list");
			}))
			.withRootCauseInstanceOf(IllegalStateException.class);
	}

}
