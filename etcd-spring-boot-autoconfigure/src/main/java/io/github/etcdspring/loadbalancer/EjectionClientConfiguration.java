package io.github.etcdspring.loadbalancer;

import reactor.core.publisher.Flux;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.client.ConditionalOnBlockingDiscoveryEnabled;
import org.springframework.cloud.client.ConditionalOnReactiveDiscoveryEnabled;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.Assert;

/**
 * Configuration of each load balancer's context that replaces the discovery clients of
 * the application. Public only for code that is generated ahead of time.
 */
@Configuration(proxyBeanMethods = false)
public class EjectionClientConfiguration {

	EjectionClientConfiguration() {
	}

	private static BeanFactory application(ApplicationContext context) {
		ApplicationContext application = context.getParent();
		Assert.state(application != null, "A load balancer's context has a parent");
		return application;
	}

	/**
	 * The blocking client.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBlockingDiscoveryEnabled
	static class Blocking {

		@Bean
		DiscoveryClient etcdCallableInstancesDiscoveryClient(ApplicationContext context, OutlierEjection ejection) {
			return new CallableInstancesDiscoveryClient(application(context).getBean(DiscoveryClient.class), ejection);
		}

	}

	/**
	 * The reactive client.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(Flux.class)
	@ConditionalOnReactiveDiscoveryEnabled
	static class Reactive {

		@Bean
		ReactiveDiscoveryClient etcdCallableInstancesReactiveDiscoveryClient(ApplicationContext context,
				OutlierEjection ejection) {
			return new CallableInstancesReactiveDiscoveryClient(
					application(context).getBean(ReactiveDiscoveryClient.class), ejection);
		}

	}

}
