package io.github.etcdspring.loadbalancer;

import java.net.URI;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.filter.OrderedGatewayFilter;
import org.springframework.cloud.gateway.filter.ReactiveLoadBalancerClientFilter;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.core.Ordered;
import org.springframework.http.HttpMethod;
import org.springframework.web.server.ServerWebExchange;

/**
 * Global filter of Spring Cloud Gateway that retries calls which never reached an
 * instance, except for routes that have a {@code Retry} filter.
 */
final class GatewayRetryFilter implements GlobalFilter, Ordered {

	private final CallRetry retry;

	GatewayRetryFilter(CallRetry retry) {
		this.retry = retry;
	}

	/**
	 * Just before the load balancer, so that a retry chooses again and repeats nothing
	 * else.
	 */
	@Override
	public int getOrder() {
		return ReactiveLoadBalancerClientFilter.LOAD_BALANCER_CLIENT_FILTER_ORDER - 1;
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
		URI url = exchange.getAttribute(ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR);
		if (url == null || url.getHost() == null || hasRetry(exchange)) {
			return chain.filter(exchange);
		}
		String service = url.getHost();
		return Mono.defer(() -> chain.filter(exchange))
			.retryWhen(Retry.from((attempts) -> attempts.concatMap((attempt) -> {
				if (exchange.getResponse().isCommitted() || !this.retry.isAllowed(service, repeatable(exchange),
						attempt.failure(), attempt.totalRetries() + 1)) {
					return Mono.error(attempt.failure());
				}
				ServerWebExchangeUtils.reset(exchange);
				exchange.getAttributes().put(ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR, url);
				return Mono.just(attempt);
			})));
	}

	/** The body of the request cannot be sent a second time. */
	private static @Nullable HttpMethod repeatable(ServerWebExchange exchange) {
		HttpMethod method = exchange.getRequest().getMethod();
		return (method != HttpMethod.PUT) ? method : null;
	}

	private static boolean hasRetry(ServerWebExchange exchange) {
		@Nullable Route route = exchange.getAttribute(ServerWebExchangeUtils.GATEWAY_ROUTE_ATTR);
		return route != null && route.getFilters()
			.stream()
			.map((filter) -> (filter instanceof OrderedGatewayFilter ordered) ? ordered.getDelegate() : filter)
			.anyMatch((filter) -> filter.toString().startsWith("[Retry "));
	}

}
