package io.github.etcdspring.gateway;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.gateway.config.GatewayProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration that validates the routes of Spring Cloud Gateway before a
 * configuration change is applied.
 *
 * @since 0.1.0
 */
@AutoConfiguration
@ConditionalOnClass(GatewayProperties.class)
@ConditionalOnBean(name = "etcdLiveConfiguration")
public final class EtcdGatewayAutoConfiguration {

	@Bean
	GatewayRouteCheck etcdGatewayRouteCheck(ConfigurableApplicationContext context) {
		return new GatewayRouteCheck(context);
	}

}
