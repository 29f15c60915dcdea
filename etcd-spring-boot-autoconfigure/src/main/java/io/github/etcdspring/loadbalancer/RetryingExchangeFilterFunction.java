package io.github.etcdspring.loadbalancer;

import java.util.List;

import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerClientRequestTransformer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/**
 * Load-balancing filter of {@code WebClient} that retries calls which never reached an
 * instance.
 */
final class RetryingExchangeFilterFunction extends ReactorLoadBalancerExchangeFilterFunction {

	private final CallRetry retry;

	RetryingExchangeFilterFunction(ReactiveLoadBalancer.Factory<ServiceInstance> factory,
			List<LoadBalancerClientRequestTransformer> transformers, CallRetry retry) {
		super(factory, transformers);
		this.retry = retry;
	}

	@Override
	public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
		String service = request.url().getHost();
		if (service == null) {
			return super.filter(request, next);
		}
		return Mono.defer(() -> super.filter(request, next))
			.retryWhen(Retry.from((attempts) -> attempts
				.concatMap((attempt) -> this.retry.isAllowed(service, request.method(), attempt.failure(),
						attempt.totalRetries() + 1) ? Mono.just(attempt) : Mono.error(attempt.failure()))));
	}

}
