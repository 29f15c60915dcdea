package io.github.etcdspring.grpc;

import io.github.etcdspring.discovery.EtcdDiscoveryAutoConfiguration;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.grpc.NameResolver;
import io.grpc.util.ForwardingLoadBalancerHelper;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.grpc.client.GrpcChannelBuilderCustomizer;

/**
 * Auto-configuration for gRPC channels that follow a service in etcd, both of plain gRPC
 * and of Spring gRPC.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdDiscoveryAutoConfiguration.class)
@ConditionalOnClass({ NameResolver.Args.Key.class, ForwardingLoadBalancerHelper.class })
@ConditionalOnBean(name = "etcdServiceCatalog")
@ConditionalOnProperty(name = "spring.cloud.etcd.grpc.client.enabled", matchIfMissing = true)
@EnableConfigurationProperties(EtcdGrpcClientProperties.class)
public final class EtcdGrpcClientAutoConfiguration {

	/** Not lazy, as channels of plain gRPC do not refer to it. */
	@Bean(initMethod = "open", destroyMethod = "close")
	@Lazy(false)
	ContextServices etcdGrpcContextServices(ServiceCatalog etcdServiceCatalog, EtcdGrpcClientProperties properties,
			Environment environment) {
		return new ContextServices(etcdServiceCatalog, new ServiceConfigs(properties.loadBalancing(), environment));
	}

	@Bean
	EtcdChannelCustomizer etcdChannelCustomizer(ContextServices etcdGrpcContextServices) {
		return new EtcdChannelCustomizer(etcdGrpcContextServices);
	}

	/**
	 * Configuration of the channels of Spring gRPC.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(GrpcChannelBuilderCustomizer.class)
	static class SpringGrpcConfiguration {

		@Bean
		@Order(Ordered.HIGHEST_PRECEDENCE)
		SpringGrpcChannelCustomizer<?> etcdSpringGrpcChannelCustomizer(ContextServices etcdGrpcContextServices,
				Environment environment) {
			return new SpringGrpcChannelCustomizer<>(etcdGrpcContextServices, environment);
		}

	}

}
