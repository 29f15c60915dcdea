package io.github.etcdspring.loadbalancer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Configuration of each load balancer's context that applies routing rules. Public only
 * for code that is generated ahead of time.
 */
@Configuration(proxyBeanMethods = false)
public class RoutingClientConfiguration {

	RoutingClientConfiguration() {
	}

	@Bean
	static OutermostSupplierPostProcessor etcdRoutingPostProcessor(ConfigurableListableBeanFactory beans,
			ObjectProvider<CallRouting> routing) {
		return new OutermostSupplierPostProcessor(beans, OutermostSupplierPostProcessor.ROUTING,
				(supplier) -> new RoutingInstanceListSupplier(supplier, routing.getObject()));
	}

}
