package io.github.etcdspring.sample;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Profile;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;

/**
 * Calls the service {@code greeting} by its name and lists the discovered instances.
 */
@RestController
@Profile("consumer")
class ShopController {

	private static final Log logger = LogFactory.getLog(ShopController.class);

	private final RestClient http;

	private final DiscoveryClient services;

	ShopController(RestClient.Builder http, DiscoveryClient services) {
		this.http = http.build();
		this.services = services;
	}

	@GetMapping("/greeting")
	@Nullable Greeting greeting() {
		return this.http.get().uri("http://greeting/greeting").retrieve().body(Greeting.class);
	}

	@GetMapping("/instances")
	Map<String, List<Instance>> instances() {
		Map<String, List<Instance>> instances = new TreeMap<>();
		for (String service : this.services.getServices()) {
			instances.put(service, this.services.getInstances(service).stream().map(Instance::of).toList());
		}
		return instances;
	}

	/**
	 * Respond with 502 when an instance cannot be reached, for example because it was
	 * killed.
	 */
	@ExceptionHandler
	ProblemDetail unreachable(ResourceAccessException ex) {
		String problem = "No response from greeting: " + NestedExceptionUtils.getMostSpecificCause(ex);
		logger.warn(problem);
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_GATEWAY, problem);
	}

	/**
	 * A discovered instance.
	 *
	 * @param instance id of the instance
	 * @param uri address of the instance
	 */
	record Instance(@Nullable String instance, URI uri) {

		static Instance of(ServiceInstance instance) {
			return new Instance(instance.getInstanceId(), instance.getUri());
		}

	}

}
