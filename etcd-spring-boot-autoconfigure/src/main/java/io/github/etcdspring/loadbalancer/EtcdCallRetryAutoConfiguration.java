package io.github.etcdspring.loadbalancer;

import java.util.Collections;
import java.util.List;

import io.github.etcdspring.discovery.EtcdDiscoveryAutoConfiguration;
import io.github.etcdspring.discovery.ServiceCatalog;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerClientRequestTransformer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerClientAutoConfiguration;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerExchangeFilterFunction;
import org.springframework.cloud.gateway.filter.ReactiveLoadBalancerClientFilter;
import org.springframework.cloud.gateway.server.mvc.filter.LoadBalancerFilterFunctions;
import org.springframework.cloud.loadbalancer.config.BlockingLoadBalancerClientAutoConfiguration;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.loadbalancer.FeignBlockingLoadBalancerClient;
import org.springframework.cloud.openfeign.loadbalancer.LoadBalancerFeignRequestTransformer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.http.HttpMethod;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.servlet.function.ServerRequest;

/**
 * Auto-configuration that makes calls again that never reached an instance. The retry of
 * Spring Cloud LoadBalancer takes its place where that is configured.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdDiscoveryAutoConfiguration.class, LoadBalancerAutoConfiguration.class },
		before = { BlockingLoadBalancerClientAutoConfiguration.class,
				ReactorLoadBalancerClientAutoConfiguration.class })
@ConditionalOnClass({ LoadBalancerClientFactory.class, HttpMethod.class })
@ConditionalOnBean(value = LoadBalancerClientFactory.class, name = "etcdServiceCatalog")
@Conditional(OnCallRetryCondition.class)
@EnableConfigurationProperties(EtcdLoadBalancerProperties.class)
public final class EtcdCallRetryAutoConfiguration {

	@Bean
	CallRetry etcdCallRetry(ServiceCatalog etcdServiceCatalog, EtcdLoadBalancerProperties properties) {
		return new CallRetry((service) -> etcdServiceCatalog.instances().getOrDefault(service, List.of()).size()
				+ etcdServiceCatalog.vanished(service).size(), properties.retry().idempotentMethods());
	}

	/**
	 * {@code RestTemplate}, {@code RestClient} and HTTP interfaces on top of them.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(RestTemplate.class)
	static class BlockingConfiguration {

		@Bean
		@ConditionalOnMissingBean(LoadBalancerClient.class)
		LoadBalancerClient blockingLoadBalancerClient(LoadBalancerClientFactory factory, CallRetry etcdCallRetry) {
			return new RetryingLoadBalancerClient(factory, etcdCallRetry);
		}

	}

	/**
	 * {@code WebClient}.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(WebClient.class)
	@ConditionalOnProperty(name = "spring.cloud.loadbalancer.retry.enabled", havingValue = "false",
			matchIfMissing = true)
	static class WebClientConfiguration {

		@Bean
		@ConditionalOnMissingBean(ReactorLoadBalancerExchangeFilterFunction.class)
		ReactorLoadBalancerExchangeFilterFunction loadBalancerExchangeFilterFunction(
				ReactiveLoadBalancer.Factory<ServiceInstance> factory,
				ObjectProvider<List<LoadBalancerClientRequestTransformer>> transformers, CallRetry etcdCallRetry) {
			return new RetryingExchangeFilterFunction(factory, transformers.getIfAvailable(Collections::emptyList),
					etcdCallRetry);
		}

	}

	/**
	 * OpenFeign.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(FeignBlockingLoadBalancerClient.class)
	static class FeignConfiguration {

		@Bean
		static FeignRetryPostProcessor etcdFeignRetryPostProcessor(ObjectProvider<LoadBalancerClient> client,
				ObjectProvider<LoadBalancerClientFactory> factory,
				ObjectProvider<LoadBalancerFeignRequestTransformer> transformers,
				ObjectProvider<CallRetry> etcdCallRetry) {
			return new FeignRetryPostProcessor(client, factory, transformers, etcdCallRetry);
		}

	}

	/**
	 * Spring Cloud Gateway on WebFlux.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ReactiveLoadBalancerClientFilter.class)
	static class GatewayConfiguration {

		@Bean
		GatewayRetryFilter etcdGatewayRetryFilter(CallRetry etcdCallRetry) {
			return new GatewayRetryFilter(etcdCallRetry);
		}

	}

	/**
	 * Spring Cloud Gateway on Spring MVC.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(LoadBalancerFilterFunctions.class)
	@ImportRuntimeHints(GatewayMvcRuntimeHints.class)
	static class GatewayMvcConfiguration {

		@Bean
		static GatewayMvcRetryPostProcessor etcdGatewayMvcRetryPostProcessor() {
			return new GatewayMvcRetryPostProcessor();
		}

	}

	/**
	 * Registers the proxy of {@link TrackedBodyRequest}.
	 */
	static final class GatewayMvcRuntimeHints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			hints.proxies().registerJdkProxy(ServerRequest.class);
		}

	}

}
