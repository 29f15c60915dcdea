package io.github.etcdspring.loadbalancer;

import java.util.function.UnaryOperator;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.refresh.EtcdLivePropertiesAutoConfiguration;
import io.github.etcdspring.refresh.LiveProperties;
import io.micrometer.tracing.Tracer;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration that sends calls to instances by their metadata.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdOutlierEjectionAutoConfiguration.class, EtcdLivePropertiesAutoConfiguration.class },
		before = LoadBalancerAutoConfiguration.class)
@ConditionalOnClass(LoadBalancerClients.class)
@ConditionalOnBean(name = "etcdServiceCatalog")
@EnableConfigurationProperties(EtcdRoutingProperties.class)
@LoadBalancerClients(defaultConfiguration = RoutingClientConfiguration.class)
public final class EtcdRoutingAutoConfiguration {

	@Bean
	CallRouting etcdCallRouting(LiveProperties<EtcdRoutingProperties> properties, ServiceCatalog etcdServiceCatalog,
			ObjectProvider<OutlierEjection> etcdOutlierEjection, ObjectProvider<CurrentBaggage> etcdCurrentBaggage) {
		CurrentBaggage current = etcdCurrentBaggage.getIfAvailable();
		UnaryOperator<@Nullable String> fields = (current != null) ? current::get : (field) -> null;
		return new CallRouting(properties, etcdServiceCatalog::getInstances, etcdOutlierEjection.getIfAvailable(),
				fields);
	}

	/**
	 * Baggage of Micrometer Tracing.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(Tracer.class)
	static class TracingConfiguration {

		@Bean
		CurrentBaggage etcdCurrentBaggage(ObjectProvider<Tracer> tracer) {
			return new CurrentBaggage(tracer.getIfAvailable());
		}

	}

}
