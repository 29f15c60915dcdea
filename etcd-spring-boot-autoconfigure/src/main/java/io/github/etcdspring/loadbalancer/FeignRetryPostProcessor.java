package io.github.etcdspring.loadbalancer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.loadbalancer.FeignBlockingLoadBalancerClient;
import org.springframework.cloud.openfeign.loadbalancer.LoadBalancerFeignRequestTransformer;

/**
 * Replaces the load-balancing client of OpenFeign with a {@link RetryingFeignClient}. A
 * decorator is not possible, because OpenFeign casts the client to its type.
 */
final class FeignRetryPostProcessor implements BeanPostProcessor {

	private final ObjectProvider<LoadBalancerClient> client;

	private final ObjectProvider<LoadBalancerClientFactory> factory;

	private final ObjectProvider<LoadBalancerFeignRequestTransformer> transformers;

	private final ObjectProvider<CallRetry> retry;

	FeignRetryPostProcessor(ObjectProvider<LoadBalancerClient> client,
			ObjectProvider<LoadBalancerClientFactory> factory,
			ObjectProvider<LoadBalancerFeignRequestTransformer> transformers, ObjectProvider<CallRetry> retry) {
		this.client = client;
		this.factory = factory;
		this.transformers = transformers;
		this.retry = retry;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return (bean.getClass() == FeignBlockingLoadBalancerClient.class) ? new RetryingFeignClient(
				((FeignBlockingLoadBalancerClient) bean).getDelegate(), this.client.getObject(),
				this.factory.getObject(), this.transformers.orderedStream().toList(), this.retry.getObject()) : bean;
	}

}
