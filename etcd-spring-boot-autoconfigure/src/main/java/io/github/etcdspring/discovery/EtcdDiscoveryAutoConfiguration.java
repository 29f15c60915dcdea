package io.github.etcdspring.discovery;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.discovery.CatalogEventPublisher.CatalogListedEvent;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.EtcdInstanceOverridesAutoConfiguration;
import io.github.etcdspring.registry.EtcdRegistryAutoConfiguration;
import io.github.etcdspring.registry.InstanceOverrides;
import reactor.core.publisher.Flux;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.cloud.client.CommonsClientAutoConfiguration;
import org.springframework.cloud.client.ConditionalOnBlockingDiscoveryEnabled;
import org.springframework.cloud.client.ConditionalOnDiscoveryEnabled;
import org.springframework.cloud.client.ConditionalOnDiscoveryHealthIndicatorEnabled;
import org.springframework.cloud.client.ConditionalOnReactiveDiscoveryEnabled;
import org.springframework.cloud.client.ReactiveCommonsClientAutoConfiguration;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClientAutoConfiguration;
import org.springframework.cloud.client.discovery.composite.reactive.ReactiveCompositeDiscoveryClientAutoConfiguration;
import org.springframework.cloud.client.discovery.event.InstanceRegisteredEvent;
import org.springframework.cloud.client.discovery.health.DiscoveryClientHealthIndicator;
import org.springframework.cloud.client.discovery.health.DiscoveryClientHealthIndicatorProperties;
import org.springframework.cloud.client.discovery.health.reactive.ReactiveDiscoveryClientHealthIndicator;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClientAutoConfiguration;
import org.springframework.cloud.gateway.discovery.DiscoveryClientRouteDefinitionLocator;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration for a {@link DiscoveryClient} and a {@link ReactiveDiscoveryClient}
 * that find the services registered in etcd.
 *
 * @since 0.1.0
 */
@AutoConfiguration(
		after = { EtcdAutoConfiguration.class, EtcdInstanceOverridesAutoConfiguration.class,
				EtcdRegistryAutoConfiguration.class },
		before = { SimpleDiscoveryClientAutoConfiguration.class, CommonsClientAutoConfiguration.class,
				CompositeDiscoveryClientAutoConfiguration.class,
				ReactiveCompositeDiscoveryClientAutoConfiguration.class, ReactiveCommonsClientAutoConfiguration.class })
@ConditionalOnClass(DiscoveryClient.class)
@ConditionalOnBean(name = "etcdConnection")
@ConditionalOnDiscoveryEnabled
@ConditionalOnProperty(name = "spring.cloud.etcd.discovery.enabled", matchIfMissing = true)
@Conditional(EtcdDiscoveryAutoConfiguration.AnyClientEnabled.class)
@EnableConfigurationProperties(EtcdDiscoveryProperties.class)
public final class EtcdDiscoveryAutoConfiguration {

	@Bean(initMethod = "open", destroyMethod = "close")
	ServiceCatalog etcdServiceCatalog(EtcdConnection etcdConnection, InstanceOverrides etcdInstanceOverrides,
			EtcdDiscoveryProperties properties, ConfigurableApplicationContext context) {
		return new ServiceCatalog(etcdConnection, etcdInstanceOverrides, properties,
				new CatalogEventPublisher(context));
	}

	private static InstanceRegisteredEvent<String> initialized(Object source) {
		return new InstanceRegisteredEvent<>(source, "catalog");
	}

	/**
	 * Configuration of the blocking client.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBlockingDiscoveryEnabled
	static class BlockingConfiguration {

		@Bean
		EtcdDiscoveryClient etcdDiscoveryClient(ServiceCatalog etcdServiceCatalog, EtcdDiscoveryProperties properties) {
			return new EtcdDiscoveryClient(etcdServiceCatalog, properties.order());
		}

	}

	/**
	 * Configuration of the reactive client, which load balancers use if WebFlux is on the
	 * class path.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(Flux.class)
	@ConditionalOnReactiveDiscoveryEnabled
	static class ReactiveConfiguration {

		@Bean
		EtcdReactiveDiscoveryClient etcdReactiveDiscoveryClient(ServiceCatalog etcdServiceCatalog,
				EtcdDiscoveryProperties properties) {
			return new EtcdReactiveDiscoveryClient(etcdServiceCatalog, properties.order());
		}

		/**
		 * Routes of the gateway to all services, without following each of them.
		 */
		@Configuration(proxyBeanMethods = false)
		@ConditionalOnClass(DiscoveryClientRouteDefinitionLocator.class)
		@ConditionalOnProperty(name = "spring.cloud.etcd.discovery.follow", havingValue = "called")
		static class RouteLocatorConfiguration {

			@Bean
			static RouteLocatorPostProcessor etcdRouteLocatorPostProcessor(BeanFactory beans) {
				return new RouteLocatorPostProcessor(beans);
			}

		}

		/**
		 * Health of the reactive client. Spring Cloud Commons configures that of the
		 * blocking one.
		 */
		@Configuration(proxyBeanMethods = false)
		@ConditionalOnClass(ReactiveHealthIndicator.class)
		@ConditionalOnDiscoveryHealthIndicatorEnabled
		@EnableConfigurationProperties(DiscoveryClientHealthIndicatorProperties.class)
		static class ReactiveHealthConfiguration {

			@Bean
			ReactiveDiscoveryClientHealthIndicator etcdReactiveDiscoveryClientHealthIndicator(
					EtcdReactiveDiscoveryClient etcdReactiveDiscoveryClient,
					DiscoveryClientHealthIndicatorProperties properties) {
				return new ReactiveDiscoveryClientHealthIndicator(etcdReactiveDiscoveryClient, properties);
			}

			@Bean
			ApplicationListener<CatalogListedEvent> etcdReactiveDiscoveryHealthInitializer(
					ObjectProvider<ReactiveDiscoveryClientHealthIndicator> indicators) {
				return (event) -> indicators
					.forEach((indicator) -> indicator.onApplicationEvent(initialized(event.getSource())));
			}

		}

	}

	/**
	 * Initializes the health indicators of Spring Cloud Commons, which otherwise wait for
	 * the registration of an application that may not register at all.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HealthIndicator.class)
	static class HealthConfiguration {

		@Bean
		ApplicationListener<CatalogListedEvent> etcdDiscoveryHealthInitializer(
				ObjectProvider<DiscoveryClientHealthIndicator> indicators) {
			return (event) -> indicators
				.forEach((indicator) -> indicator.onApplicationEvent(initialized(event.getSource())));
		}

	}

	/**
	 * Matches if a discovery client is enabled. Without one, the catalog is not used and
	 * its watch is not opened.
	 */
	static final class AnyClientEnabled extends AnyNestedCondition {

		AnyClientEnabled() {
			super(ConfigurationPhase.REGISTER_BEAN);
		}

		/**
		 * Matches if the blocking client is enabled.
		 */
		@ConditionalOnBlockingDiscoveryEnabled
		static class Blocking {

		}

		/**
		 * Matches if the reactive client is enabled.
		 */
		@ConditionalOnClass(Flux.class)
		@ConditionalOnReactiveDiscoveryEnabled
		static class Reactive {

		}

	}

}
