package io.github.etcdspring.discovery;

import reactor.core.publisher.Flux;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.cloud.gateway.discovery.DiscoveryClientRouteDefinitionLocator;
import org.springframework.cloud.gateway.discovery.DiscoveryLocatorProperties;

/**
 * Makes the gateway create routes from the names of services. It looks up the instances
 * of each service, of which it uses the name only unless an expression needs more.
 */
final class RouteLocatorPostProcessor implements BeanPostProcessor {

	private final BeanFactory beans;

	RouteLocatorPostProcessor(BeanFactory beans) {
		this.beans = beans;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return (bean instanceof DiscoveryClientRouteDefinitionLocator)
				? new DiscoveryClientRouteDefinitionLocator(
						new NamedServices(this.beans.getBean(ReactiveDiscoveryClient.class),
								this.beans.getBean(ServiceCatalog.class)),
						this.beans.getBean(DiscoveryLocatorProperties.class))
				: bean;
	}

	/**
	 * Finds one instance without an address for a service that is not followed.
	 *
	 * @param client finds all other services
	 * @param catalog the catalog
	 */
	private record NamedServices(ReactiveDiscoveryClient client,
			ServiceCatalog catalog) implements ReactiveDiscoveryClient {

		@Override
		public String description() {
			return this.client.description();
		}

		@Override
		public Flux<ServiceInstance> getInstances(String serviceId) {
			return (this.catalog.isNamedOnly(serviceId))
					? Flux.just(new DefaultServiceInstance(serviceId, serviceId, serviceId, 0, false))
					: this.client.getInstances(serviceId);
		}

		@Override
		public Flux<String> getServices() {
			return this.client.getServices();
		}

	}

}
