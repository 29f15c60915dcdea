package io.github.etcdspring.sample.grpc;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

import io.github.etcdspring.sample.grpc.proto.Greeting;
import io.github.etcdspring.sample.grpc.proto.GreetingRequest;
import io.github.etcdspring.sample.grpc.proto.GreetingsGrpc.GreetingsBlockingStub;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Calls the service {@code greeting} by its name and lists the discovered instances.
 */
@RestController
@Profile("consumer")
class ShopController {

	private final AtomicLong visitors = new AtomicLong();

	private final GreetingsBlockingStub greetings;

	private final DiscoveryClient services;

	ShopController(GreetingsBlockingStub greetings, DiscoveryClient services) {
		this.greetings = greetings;
		this.services = services;
	}

	@GetMapping("/greeting")
	Map<String, String> greeting() {
		Greeting greeting = this.greetings
			.greet(GreetingRequest.newBuilder().setVisitor(this.visitors.incrementAndGet()).build());
		return Map.of("message", greeting.getMessage(), "instance", greeting.getInstance());
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
	 * Respond with 502 when a call fails, for example because its instance was killed.
	 */
	@ExceptionHandler
	ProblemDetail failed(StatusRuntimeException ex) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_GATEWAY, "Call of greeting failed: " + ex.getStatus());
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
