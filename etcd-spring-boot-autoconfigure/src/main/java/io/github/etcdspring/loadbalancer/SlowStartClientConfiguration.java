package io.github.etcdspring.loadbalancer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Configuration of each load balancer's context that gives new instances a growing share
 * of calls. Public only for code that is generated ahead of time.
 */
@Configuration(proxyBeanMethods = false)
public class SlowStartClientConfiguration {

	SlowStartClientConfiguration() {
	}

	@Bean
	static OutermostSupplierPostProcessor etcdSlowStartPostProcessor(ConfigurableListableBeanFactory beans,
			ObjectProvider<SlowStart> slowStart) {
		return new OutermostSupplierPostProcessor(beans, OutermostSupplierPostProcessor.SLOW_START,
				(supplier) -> new SlowStartInstanceListSupplier(supplier, slowStart.getObject()));
	}

}
