package io.github.etcdspring.loadbalancer;

import java.io.IOException;
import java.net.URI;
import java.util.List;

import feign.Client;
import feign.Request;
import feign.Response;

import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.loadbalancer.FeignBlockingLoadBalancerClient;
import org.springframework.cloud.openfeign.loadbalancer.LoadBalancerFeignRequestTransformer;
import org.springframework.http.HttpMethod;

/**
 * OpenFeign client that retries calls which never reached an instance.
 */
final class RetryingFeignClient extends FeignBlockingLoadBalancerClient {

	private final CallRetry retry;

	RetryingFeignClient(Client delegate, LoadBalancerClient client, LoadBalancerClientFactory factory,
			List<LoadBalancerFeignRequestTransformer> transformers, CallRetry retry) {
		super(delegate, client, factory, transformers);
		this.retry = retry;
	}

	@Override
	public Response execute(Request request, Request.Options options) throws IOException {
		String service = URI.create(request.url()).getHost();
		for (int attempt = 1;; attempt++) {
			try {
				return super.execute(request, options);
			}
			catch (IOException ex) {
				if (service == null || !this.retry.isAllowed(service, HttpMethod.valueOf(request.httpMethod().name()),
						ex, attempt)) {
					throw ex;
				}
			}
		}
	}

}
