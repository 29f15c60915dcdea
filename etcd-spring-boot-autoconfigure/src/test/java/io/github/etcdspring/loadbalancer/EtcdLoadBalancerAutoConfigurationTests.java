package io.github.etcdspring.loadbalancer;

import io.github.etcdspring.fixture.ContextRunners;
import org.junit.jupiter.api.Test;

import org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.Cache;
import org.springframework.cloud.loadbalancer.cache.LoadBalancerCacheManager;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.loadbalancer.config.LoadBalancerCacheAutoConfiguration;
import org.springframework.cloud.loadbalancer.config.LoadBalancerZoneConfig;
import org.springframework.cloud.loadbalancer.core.CachingServiceInstanceListSupplier;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdLoadBalancerAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = ContextRunners.withoutEtcd(
			EtcdLoadBalancerAutoConfiguration.class, LoadBalancerAutoConfiguration.class,
			LoadBalancerCacheAutoConfiguration.class, CacheAutoConfiguration.class);

	@Test
	void loadBalancerCacheIsBypassedForTheCatalog() {
		this.contextRunner.run((context) -> {
			LoadBalancerCacheManager caches = (LoadBalancerCacheManager) context
				.getBean("defaultLoadBalancerCacheManager");
			Cache cache = caches.getCache(CachingServiceInstanceListSupplier.SERVICE_INSTANCE_CACHE_NAME);
			assertThat(cache).isInstanceOf(CatalogBypassCache.class);
			assertThat(caches.getCacheNames()).contains(CachingServiceInstanceListSupplier.SERVICE_INSTANCE_CACHE_NAME);
		});
	}

	@Test
	void startsWithTheCacheDisabled() {
		this.contextRunner.withPropertyValues("spring.cloud.loadbalancer.cache.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LoadBalancerCacheManager.class));
	}

	@Test
	void zoneDefaultsToTheZoneOfTheInstance() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.instance-zone=a")
			.run((context) -> assertThat(context.getBean(LoadBalancerZoneConfig.class).getZone()).isEqualTo("a"));
	}

	@Test
	void zoneOfTheLoadBalancerTakesPrecedence() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.discovery.instance-zone=a", "spring.cloud.loadbalancer.zone=b")
			.run((context) -> assertThat(context.getBean(LoadBalancerZoneConfig.class).getZone()).isEqualTo("b"));
	}

	@Test
	void zoneConfigOfTheApplicationTakesPrecedence() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.instance-zone=a")
			.withBean(LoadBalancerZoneConfig.class, () -> new LoadBalancerZoneConfig("own"))
			.run((context) -> assertThat(context.getBean(LoadBalancerZoneConfig.class).getZone()).isEqualTo("own"));
	}

	@Test
	void noZoneIsSetWithoutInstanceZone() {
		this.contextRunner.withPropertyValues("spring.cloud.loadbalancer.zone=b")
			.run((context) -> assertThat(context.getBean(LoadBalancerZoneConfig.class).getZone()).isEqualTo("b"));
	}

	@Test
	void backsOffWithoutDiscovery() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(CatalogBypassPostProcessor.class));
	}

	@Test
	void backsOffWithoutLoadBalancerOnTheClassPath() {
		ContextRunners.withoutEtcd(EtcdLoadBalancerAutoConfiguration.class)
			.withClassLoader(new FilteredClassLoader(LoadBalancerCacheManager.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(CatalogBypassPostProcessor.class));
	}

}
