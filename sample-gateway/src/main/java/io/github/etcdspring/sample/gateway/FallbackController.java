package io.github.etcdspring.sample.gateway;

import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

/**
 * Responds with 503 when a service cannot be reached or its circuit breaker is open.
 */
@RestController
class FallbackController {

	@RequestMapping("/unavailable")
	ProblemDetail unavailable(ServerWebExchange exchange) {
		Route route = exchange.getAttribute(ServerWebExchangeUtils.GATEWAY_ROUTE_ATTR);
		Throwable failure = exchange.getAttribute(ServerWebExchangeUtils.CIRCUITBREAKER_EXECUTION_EXCEPTION_ATTR);
		String service = (route != null) ? route.getUri().getHost() : "the service";
		String reason = (failure != null) ? ": " + NestedExceptionUtils.getMostSpecificCause(failure).getMessage() : "";
		return ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, "No response from " + service + reason);
	}

}
