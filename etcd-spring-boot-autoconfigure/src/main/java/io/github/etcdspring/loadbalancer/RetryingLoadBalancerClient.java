package io.github.etcdspring.loadbalancer;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.HttpRequestLoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;
import org.springframework.http.HttpMethod;

/**
 * {@code LoadBalancerClient} that retries calls which never reached an instance. The
 * retry of Spring Cloud LoadBalancer bypasses this method, as it chooses the instance
 * itself.
 */
final class RetryingLoadBalancerClient extends BlockingLoadBalancerClient {

	private final CallRetry retry;

	RetryingLoadBalancerClient(ReactiveLoadBalancer.Factory<ServiceInstance> factory, CallRetry retry) {
		super(factory);
		this.retry = retry;
	}

	@Override
	public <T> T execute(String serviceId, LoadBalancerRequest<T> request) throws IOException {
		for (int attempt = 1;; attempt++) {
			try {
				return super.execute(serviceId, request);
			}
			catch (IOException ex) {
				if (!this.retry.isAllowed(serviceId, method(request), ex, attempt)) {
					throw ex;
				}
			}
		}
	}

	private static @Nullable HttpMethod method(LoadBalancerRequest<?> request) {
		return (request instanceof HttpRequestLoadBalancerRequest<?> http) ? http.getHttpRequest().getMethod() : null;
	}

}
