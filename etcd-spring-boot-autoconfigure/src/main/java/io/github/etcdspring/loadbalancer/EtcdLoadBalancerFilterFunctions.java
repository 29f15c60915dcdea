package io.github.etcdspring.loadbalancer;

import org.springframework.cloud.gateway.server.mvc.filter.LoadBalancerFilterFunctions;
import org.springframework.web.servlet.function.HandlerFilterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Filter of Spring Cloud Gateway Server WebMVC for routes that are defined in Java.
 * Routes in properties need none.
 *
 * @since 0.1.0
 */
public final class EtcdLoadBalancerFilterFunctions {

	private EtcdLoadBalancerFilterFunctions() {
	}

	/**
	 * Call an instance of a service, as {@link LoadBalancerFilterFunctions#lb(String)
	 * LoadBalancerFilterFunctions} does, and retry the call at another instance if it
	 * never reached the first one. Not meant for a route that has a retry filter of its
	 * own.
	 * @param service name of the service
	 * @return the filter, which does not retry if {@code spring.cloud.etcd.loadbalancer}
	 * disables it
	 */
	public static HandlerFilterFunction<ServerResponse, ServerResponse> lb(String service) {
		return new GatewayMvcRetryFilter(service).andThen(LoadBalancerFilterFunctions.lb(service));
	}

}
