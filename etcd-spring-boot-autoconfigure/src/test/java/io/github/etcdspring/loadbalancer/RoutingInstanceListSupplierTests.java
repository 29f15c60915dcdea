package io.github.etcdspring.loadbalancer;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import io.github.etcdspring.loadbalancer.EtcdRoutingProperties.Rule;
import io.github.etcdspring.loadbalancer.EtcdRoutingProperties.Service;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.DefaultRequestContext;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.LinkedMultiValueMap;

import static org.assertj.core.api.Assertions.assertThat;

class RoutingInstanceListSupplierTests {

	private static final EtcdRoutingProperties NONE = new EtcdRoutingProperties(Map.of(), Map.of());

	private static final ServiceInstance STABLE = instance("stable", "1");

	private static final ServiceInstance CANARY = instance("canary", "2");

	private final Flux<List<ServiceInstance>> all = Flux.just(List.of(STABLE, CANARY));

	private final AtomicReference<EtcdRoutingProperties> properties = new AtomicReference<>(NONE);

	private final List<String> baggageFields = new ArrayList<>();

	private String baggage;

	private final RoutingInstanceListSupplier supplier = new RoutingInstanceListSupplier(new All(),
			new CallRouting(this.properties::get, (service) -> List.of(), null, (field) -> {
				this.baggageFields.add(field);
				return this.baggage;
			}));

	@Test
	void withoutRulesReturnsWhatItsDelegateReturns() {
		assertThat(this.supplier.get()).isSameAs(this.all);
		assertThat(this.supplier.get(request("x-canary", "true"))).isSameAs(this.all);
		this.properties.set(rules("other"));
		assertThat(this.supplier.get(request("x-canary", "true"))).isSameAs(this.all);
		assertThat(this.baggageFields).isEmpty();
	}

	@Test
	void headerOfTheRequestComesFirst() {
		this.properties.set(rules("orders"));
		this.baggage = "false";
		assertThat(this.supplier.get(request("x-canary", "true")).blockFirst()).containsExactly(CANARY);
		assertThat(this.supplier.get(request("X-Canary", "true")).blockFirst()).containsExactly(CANARY);
		assertThat(this.baggageFields).isEmpty();
	}

	@Test
	void baggageStandsInForAMissingHeader() {
		this.properties.set(rules("orders"));
		this.baggage = "true";
		assertThat(this.supplier.get(request("x-other", "true")).blockFirst()).containsExactly(CANARY);
		assertThat(this.supplier.get(new DefaultRequest<>(new DefaultRequestContext())).blockFirst())
			.containsExactly(CANARY);
		assertThat(this.supplier.get().blockFirst()).containsExactly(CANARY);
		assertThat(this.baggageFields).containsOnly("x-canary");
	}

	/** Its list may be published by another thread. */
	@Test
	void baggageIsReadByTheThreadOfTheCall() {
		this.properties.set(rules("orders"));
		this.baggage = "true";
		Flux<List<ServiceInstance>> instances = this.supplier.get(request("x-other", "true"));
		this.baggage = null;
		assertThat(instances.blockFirst()).containsExactly(CANARY);
	}

	@Test
	void followsTheProperties() {
		this.properties.set(rules("orders"));
		assertThat(this.supplier.get(request("x-canary", "true")).blockFirst()).containsExactly(CANARY);
		this.properties.set(NONE);
		assertThat(this.supplier.get(request("x-canary", "true"))).isSameAs(this.all);
	}

	private static EtcdRoutingProperties rules(String service) {
		return new EtcdRoutingProperties(Map.of(service, new Service(Map.of("canary", Map.of("version", "2")),
				List.of(new Rule("x-canary", "true", "canary", Map.of(), null, false)))), Map.of());
	}

	private static Request<RequestDataContext> request(String header, String value) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(header, value);
		return new DefaultRequest<>(new RequestDataContext(new RequestData(HttpMethod.GET, URI.create("http://orders/"),
				headers, new LinkedMultiValueMap<>(), Map.of())));
	}

	private static ServiceInstance instance(String id, String version) {
		return new DefaultServiceInstance(id, "orders", "127.0.0.1", 1, false, Map.of("version", version));
	}

	private final class All implements ServiceInstanceListSupplier {

		@Override
		public String getServiceId() {
			return "orders";
		}

		@Override
		public Flux<List<ServiceInstance>> get() {
			return RoutingInstanceListSupplierTests.this.all;
		}

	}

}
