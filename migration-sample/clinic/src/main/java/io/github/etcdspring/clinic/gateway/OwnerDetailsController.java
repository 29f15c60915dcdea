package io.github.etcdspring.clinic.gateway;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

/**
 * Serves an owner together with his visits.
 */
@RestController
class OwnerDetailsController {

	private final RestClient http;

	OwnerDetailsController(@LoadBalanced RestClient.Builder builder) {
		this.http = builder.build();
	}

	@GetMapping("/api/gateway/owners/{id}")
	OwnerDetails details(@PathVariable long id) {
		Map<String, Object> owner = this.http.get()
			.uri("http://customers-service/owners/{id}", id)
			.retrieve()
			.body(new ParameterizedTypeReference<>() {
			});
		List<Map<String, Object>> visits = this.http.get()
			.uri("http://visits-service/visits?ownerId={id}", id)
			.retrieve()
			.body(new ParameterizedTypeReference<>() {
			});
		return new OwnerDetails(owner, visits);
	}

	/**
	 * An owner and his visits, as their services return them.
	 */
	record OwnerDetails(@Nullable Map<String, Object> owner, @Nullable List<Map<String, Object>> visits) {

	}

}
