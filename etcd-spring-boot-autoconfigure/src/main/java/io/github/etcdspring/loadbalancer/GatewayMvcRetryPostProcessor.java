package io.github.etcdspring.loadbalancer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.gateway.server.mvc.config.RouteProperties;
import org.springframework.cloud.gateway.server.mvc.handler.HandlerFunctionDefinition;
import org.springframework.web.servlet.function.HandlerFilterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Adds a {@link GatewayMvcRetryFilter} to the configured {@code lb} routes of Spring
 * Cloud Gateway Server WebMVC, except for those that have a {@code Retry} filter. The
 * gateway has no filters for all routes.
 */
final class GatewayMvcRetryPostProcessor implements BeanPostProcessor {

	/** The gateway finds it by this name. */
	private static final String BEAN_NAME = "lbHandlerFunctionDefinition";

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (beanName.equals(BEAN_NAME) && bean instanceof Function<?, ?> function) {
			@SuppressWarnings("unchecked")
			Function<RouteProperties, HandlerFunctionDefinition> definitions = (Function<RouteProperties, HandlerFunctionDefinition>) function;
			return (Function<RouteProperties, HandlerFunctionDefinition>) (route) -> withRetry(route,
					definitions.apply(route));
		}
		return bean;
	}

	private static HandlerFunctionDefinition withRetry(RouteProperties route, HandlerFunctionDefinition definition) {
		if (route.getUri() == null || route.getUri().getHost() == null || hasRetry(route)) {
			return definition;
		}
		List<HandlerFilterFunction<ServerResponse, ServerResponse>> filters = new ArrayList<>();
		filters.add(new GatewayMvcRetryFilter(route.getUri().getHost()));
		filters.addAll(definition.higherPrecedenceFilters());
		return new HandlerFunctionDefinition.Default(route.getUri().getScheme(), definition.handlerFunction(),
				definition.lowerPrecedenceFilters(), filters);
	}

	private static boolean hasRetry(RouteProperties route) {
		return route.getFilters().stream().anyMatch((filter) -> "Retry".equalsIgnoreCase(filter.getName()));
	}

}
