package io.github.etcdspring.loadbalancer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import io.github.etcdspring.loadbalancer.ServiceRules.OtherInstances;
import io.github.etcdspring.refresh.LiveProperties;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.http.HttpHeaders;

/**
 * Applies the current routing rules to calls. Costs two volatile reads and a map look-up
 * for a service without rules.
 */
final class CallRouting {

	private final LiveProperties<EtcdRoutingProperties> properties;

	private final Function<String, List<ServiceInstance>> catalog;

	private final @Nullable OutlierEjection ejection;

	private final UnaryOperator<@Nullable String> baggage;

	private volatile Rules rules;

	/**
	 * Create a routing.
	 * @param properties the current properties
	 * @param catalog returns the instances of a service in etcd
	 * @param ejection ejection of instances, {@code null} if it is disabled
	 * @param baggage returns the value of a field of the current baggage, or {@code null}
	 */
	CallRouting(LiveProperties<EtcdRoutingProperties> properties, Function<String, List<ServiceInstance>> catalog,
			@Nullable OutlierEjection ejection, UnaryOperator<@Nullable String> baggage) {
		this.properties = properties;
		this.catalog = catalog;
		this.ejection = ejection;
		this.baggage = baggage;
		this.rules = Rules.of(properties.get());
	}

	/**
	 * Route one call. Must be called by the thread of the call, for its baggage.
	 * @param service the name of the service
	 * @param request the call, {@code null} if it is not known
	 * @param instances the instances that the load balancer would choose from
	 * @return the instances to choose from
	 */
	Flux<List<ServiceInstance>> route(String service, @Nullable Request<?> request,
			Flux<List<ServiceInstance>> instances) {
		ServiceRules rules = rules().of(service);
		if (rules == null) {
			return instances;
		}
		Map<String, String> headers = headers(rules, request);
		OtherInstances others = (matching, required) -> {
			List<ServiceInstance> found = new ArrayList<>(this.catalog.apply(service));
			found.removeIf(matching.negate());
			return (this.ejection != null) ? this.ejection.reachable(service, found, required) : found;
		};
		return instances.map((list) -> rules.choose(list, others, headers, ThreadLocalRandom.current()::nextDouble));
	}

	/**
	 * Return the properties that the rules come from.
	 */
	EtcdRoutingProperties properties() {
		return rules().properties();
	}

	private Rules rules() {
		EtcdRoutingProperties current = this.properties.get();
		Rules rules = this.rules;
		if (rules.properties() != current) {
			rules = Rules.of(current);
			this.rules = rules;
		}
		return rules;
	}

	private Map<String, String> headers(ServiceRules rules, @Nullable Request<?> request) {
		HttpHeaders given = (request != null && request.getContext() instanceof RequestDataContext context
				&& context.getClientRequest() != null) ? context.getClientRequest().getHeaders() : null;
		Map<String, String> headers = new HashMap<>();
		for (String name : rules.headers()) {
			String value = (given != null) ? given.getFirst(name) : null;
			if (value == null || value.isEmpty()) {
				value = this.baggage.apply(name);
			}
			if (value != null && !value.isEmpty()) {
				headers.put(name, value);
			}
		}
		return headers;
	}

	/**
	 * The rules of all services, compiled once for each change of the properties.
	 */
	private record Rules(EtcdRoutingProperties properties, Map<String, ServiceRules> services,
			@Nullable ServiceRules others) {

		static Rules of(EtcdRoutingProperties properties) {
			Map<String, ServiceRules> services = new HashMap<>();
			for (String name : properties.services().keySet()) {
				ServiceRules rules = ServiceRules.of(name, properties);
				if (rules != null) {
					services.put(name, rules);
				}
			}
			return new Rules(properties, services, ServiceRules.of("", properties));
		}

		@Nullable ServiceRules of(String service) {
			ServiceRules rules = this.services.get(service);
			return (rules != null) ? rules : this.others;
		}

	}

}
