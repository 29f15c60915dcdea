package io.github.etcdspring.loadbalancer;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.gateway.server.mvc.common.MvcUtils;
import org.springframework.http.HttpMethod;
import org.springframework.web.servlet.function.HandlerFilterFunction;
import org.springframework.web.servlet.function.HandlerFunction;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Filter of Spring Cloud Gateway Server WebMVC that retries calls which never reached an
 * instance. It comes directly before the filter that chooses the instance, so that a
 * retry chooses again and repeats nothing else.
 */
final class GatewayMvcRetryFilter implements HandlerFilterFunction<ServerResponse, ServerResponse> {

	private final String service;

	GatewayMvcRetryFilter(String service) {
		this.service = service;
	}

	@Override
	public ServerResponse filter(ServerRequest request, HandlerFunction<ServerResponse> next) throws Exception {
		CallRetry retry = MvcUtils.getApplicationContext(request).getBeanProvider(CallRetry.class).getIfAvailable();
		if (retry == null) {
			return next.handle(request);
		}
		HttpServletRequest received = request.servletRequest();
		if (received.getInputStream().isFinished()) {
			return filter(request, next, retry, request.method(), null);
		}
		// The body can be sent once: only a call that has not read it is made again
		TrackedBodyRequest tracked = new TrackedBodyRequest(received);
		return filter(tracked.in(request), next, retry, null, tracked);
	}

	private ServerResponse filter(ServerRequest request, HandlerFunction<ServerResponse> next, CallRetry retry,
			@Nullable HttpMethod repeatable, @Nullable TrackedBodyRequest body) throws Exception {
		for (int attempt = 1;; attempt++) {
			try {
				return next.handle(request);
			}
			catch (Exception ex) {
				if ((body != null && body.isRead()) || !retry.isAllowed(this.service, repeatable, ex, attempt)) {
					throw ex;
				}
			}
		}
	}

}
