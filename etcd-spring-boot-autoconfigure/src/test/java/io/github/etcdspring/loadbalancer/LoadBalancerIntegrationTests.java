package io.github.etcdspring.loadbalancer;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.DefaultRequestContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.LinkedMultiValueMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class LoadBalancerIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	@SharedEtcd
	private static EtcdServer etcd;

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void changeIsVisibleImmediatelyWithTheCacheEnabled(boolean reactive) {
		try (ConfigurableApplicationContext client = client("spring.cloud.discovery.reactive.enabled=" + reactive)) {
			String service = "changing-" + reactive;
			assertThat(choose(client, service)).isEqualTo("none");
			put(service, "1", "10.0.0.1:80");
			await().atMost(SOON).until(() -> isListed(client, service, 1));
			assertThat(choose(client, service)).isEqualTo("10.0.0.1");
			delete(service, "1");
			await().atMost(SOON).until(() -> isListed(client, service, 0));
			assertThat(choose(client, service)).isEqualTo("none");
			put(service, "2", "10.0.0.2:80");
			await().atMost(SOON).until(() -> isListed(client, service, 1));
			assertThat(choose(client, service)).isEqualTo("10.0.0.2");
		}
	}

	@Test
	void callsOnlyInstancesThatAreUp() {
		try (ConfigurableApplicationContext client = client()) {
			put("partly-up", "1", "{\"host\":\"10.0.0.1\",\"port\":80,\"status\":\"OUT_OF_SERVICE\"}");
			put("partly-up", "2", "{\"host\":\"10.0.0.2\",\"port\":80}");
			await().atMost(SOON).until(() -> isListed(client, "partly-up", 1));
			assertThat(choices(client, "partly-up", 10)).isEqualTo(Map.of("10.0.0.2", 10L));
		}
	}

	@Test
	void prefersInstancesOfTheOwnZone() {
		try (ConfigurableApplicationContext client = client("spring.cloud.loadbalancer.configurations=zone-preference",
				"spring.cloud.etcd.discovery.instance-zone=b")) {
			putWithMetadata("zoned", "1", "\"zone\":\"a\"");
			putWithMetadata("zoned", "2", "\"zone\":\"b\"");
			await().atMost(SOON).until(() -> isListed(client, "zoned", 2));
			assertThat(choices(client, "zoned", 10)).isEqualTo(Map.of("10.0.0.2", 10L));
			delete("zoned", "2");
			await().atMost(SOON).until(() -> isListed(client, "zoned", 1));
			assertThat(choose(client, "zoned")).isEqualTo("10.0.0.1");
		}
	}

	@Test
	void zoneOfTheLoadBalancerOverridesZoneOfTheInstance() {
		try (ConfigurableApplicationContext client = client("spring.cloud.loadbalancer.configurations=zone-preference",
				"spring.cloud.etcd.discovery.instance-zone=b", "spring.cloud.loadbalancer.zone=a")) {
			putWithMetadata("zoned-apart", "1", "\"zone\":\"a\"");
			putWithMetadata("zoned-apart", "2", "\"zone\":\"b\"");
			await().atMost(SOON).until(() -> isListed(client, "zoned-apart", 2));
			assertThat(choices(client, "zoned-apart", 10)).isEqualTo(Map.of("10.0.0.1", 10L));
		}
	}

	@Test
	void distributesCallsByWeight() {
		try (ConfigurableApplicationContext client = client("spring.cloud.loadbalancer.configurations=weighted")) {
			putWithMetadata("weighted", "1", "\"weight\":\"3\"");
			putWithMetadata("weighted", "2", "\"weight\":\"1\"");
			await().atMost(SOON).until(() -> isListed(client, "weighted", 2));
			assertThat(choices(client, "weighted", 40)).isEqualTo(Map.of("10.0.0.1", 30L, "10.0.0.2", 10L));
		}
	}

	@Test
	void distributesCallsByTheWeightOfAnOverride() {
		try (ConfigurableApplicationContext client = client("spring.cloud.loadbalancer.configurations=weighted")) {
			putWithMetadata("overridden", "1", "\"weight\":\"1\"");
			putWithMetadata("overridden", "2", "\"weight\":\"1\"");
			await().atMost(SOON).until(() -> isListed(client, "overridden", 2));
			etcd.etcdctl("put", "/overrides/overridden/1",
					"{\"owner\":\"jane\",\"reason\":\"large machine\",\"until\":\"2999-01-01T00:00:00Z\",\"weight\":3}");
			await().atMost(SOON)
				.untilAsserted(() -> assertThat(choices(client, "overridden", 40))
					.isEqualTo(Map.of("10.0.0.1", 30L, "10.0.0.2", 10L)));
		}
	}

	@Test
	void prefersTheSameInstanceWhileItIsListed() {
		try (ConfigurableApplicationContext client = client(
				"spring.cloud.loadbalancer.configurations=same-instance-preference")) {
			put("same", "1", "10.0.0.1:80");
			put("same", "2", "10.0.0.2:80");
			await().atMost(SOON).until(() -> isListed(client, "same", 2));
			String chosen = choose(client, "same");
			assertThat(choices(client, "same", 10)).isEqualTo(Map.of(chosen, 10L));
			delete("same", chosen.substring(chosen.length() - 1));
			await().atMost(SOON).until(() -> isListed(client, "same", 1));
			assertThat(choose(client, "same")).isNotIn(chosen, "none");
		}
	}

	@Test
	void callsTheInstanceInTheCookieWhileItIsListed() {
		try (ConfigurableApplicationContext client = client(
				"spring.cloud.loadbalancer.configurations=request-based-sticky-session")) {
			put("sticky", "1", "10.0.0.1:80");
			put("sticky", "2", "10.0.0.2:80");
			await().atMost(SOON).until(() -> isListed(client, "sticky", 2));
			LinkedMultiValueMap<String, String> cookies = new LinkedMultiValueMap<>();
			cookies.add("sc-lb-instance-id", "2");
			Request<RequestDataContext> request = new DefaultRequest<>(new RequestDataContext(new RequestData(
					HttpMethod.GET, URI.create("http://sticky/"), new HttpHeaders(), cookies, Map.of())));
			for (int i = 0; i < 10; i++) {
				assertThat(choose(client, "sticky", request)).isEqualTo("10.0.0.2");
			}
			delete("sticky", "2");
			await().atMost(SOON).until(() -> isListed(client, "sticky", 1));
			assertThat(choose(client, "sticky", request)).isEqualTo("10.0.0.1");
		}
	}

	@Test
	void refillsTheSubsetWhenInstancesDisappear() {
		try (ConfigurableApplicationContext client = client("spring.cloud.loadbalancer.configurations=subset",
				"spring.cloud.loadbalancer.subset.size=2", "spring.cloud.loadbalancer.subset.instance-id=caller")) {
			for (int i = 1; i <= 6; i++) {
				put("many", "" + i, "10.0.0." + i + ":80");
			}
			await().atMost(SOON).until(() -> isListed(client, "many", 6));
			Map<String, Long> chosen = choices(client, "many", 20);
			assertThat(chosen).hasSize(2);
			chosen.keySet().forEach((host) -> delete("many", host.substring(host.length() - 1)));
			await().atMost(SOON).until(() -> isListed(client, "many", 4));
			assertThat(choices(client, "many", 20)).hasSize(2)
				.doesNotContainKeys(chosen.keySet().toArray(String[]::new));
		}
	}

	@Test
	void callsInstancesWhoseMetadataMatchesTheHint() {
		try (ConfigurableApplicationContext client = Applications.client(etcd, Hints.class)) {
			putWithMetadata("hinted", "1", "\"hint\":\"blue\"");
			putWithMetadata("hinted", "2", "\"hint\":\"green\"");
			await().atMost(SOON).until(() -> isListed(client, "hinted", 2));
			Request<DefaultRequestContext> green = new DefaultRequest<>(new DefaultRequestContext(null, "green"));
			for (int i = 0; i < 10; i++) {
				assertThat(choose(client, "hinted", green)).isEqualTo("10.0.0.2");
			}
			putWithMetadata("hinted", "2", "\"hint\":\"blue\"");
			putWithMetadata("hinted", "1", "\"hint\":\"green\"");
			await().atMost(SOON).until(() -> choose(client, "hinted", green).equals("10.0.0.1"));
		}
	}

	@Test
	void requestedApiVersionIsHonoured() {
		try (ConfigurableApplicationContext client = client("spring.cloud.loadbalancer.configurations=api-version",
				"spring.cloud.loadbalancer.api-version.header=X-Version",
				"spring.cloud.loadbalancer.api-version.fallback-to-available-instances=false")) {
			HttpHeaders headers = new HttpHeaders();
			headers.set("X-Version", "2");
			Request<RequestDataContext> second = new DefaultRequest<>(new RequestDataContext(new RequestData(
					HttpMethod.GET, URI.create("http://versioned/"), headers, new LinkedMultiValueMap<>(), Map.of())));
			putWithMetadata("versioned", "1", "\"API_VERSION\":\"1\"");
			await().atMost(SOON).until(() -> isListed(client, "versioned", 1));
			assertThat(choose(client, "versioned", second)).isEqualTo("none");
			putWithMetadata("versioned", "2", "\"API_VERSION\":\"2\"");
			await().atMost(SOON).until(() -> isListed(client, "versioned", 2));
			for (int i = 0; i < 10; i++) {
				assertThat(choose(client, "versioned", second)).isEqualTo("10.0.0.2");
			}
			putWithMetadata("versioned", "1", "\"API_VERSION\":\"2\"");
			delete("versioned", "2");
			await().atMost(SOON).until(() -> choose(client, "versioned", second).equals("10.0.0.1"));
		}
	}

	@Test
	void supplierOfTheApplicationTakesPrecedence() {
		try (ConfigurableApplicationContext client = Applications.client(etcd, OwnSupplier.class)) {
			put("own", "1", "10.0.0.1:80");
			put("not-own", "1", "10.0.0.1:80");
			await().atMost(SOON).until(() -> isListed(client, "own", 1) && isListed(client, "not-own", 1));
			assertThat(choose(client, "own")).isEqualTo("own.example");
			assertThat(choose(client, "not-own")).isEqualTo("10.0.0.1");
		}
	}

	@Test
	void cachesServicesOfOtherDiscoveryClients() {
		try (ConfigurableApplicationContext client = Applications.client(etcd, OtherDiscoveryClient.class)) {
			put("ours", "1", "10.0.0.1:80");
			await().atMost(SOON).until(() -> isListed(client, "ours", 1));
			assertThat(choices(client, "theirs", 10)).isEqualTo(Map.of("theirs.example", 10L));
			assertThat(client.getBean(OtherDiscoveryClient.class).lookUps.get()).isEqualTo(1);
			assertThat(choices(client, "ours", 10)).isEqualTo(Map.of("10.0.0.1", 10L));
		}
	}

	private static ConfigurableApplicationContext client(String... properties) {
		return Applications.plain(etcd, "client")
			.properties("spring.cloud.etcd.discovery.register=false")
			.properties(properties)
			.run();
	}

	private static boolean isListed(ConfigurableApplicationContext client, String service, int number) {
		return client.getBean(DiscoveryClient.class).getInstances(service).size() == number;
	}

	private static String choose(ConfigurableApplicationContext client, String service) {
		ServiceInstance chosen = client.getBean(LoadBalancerClient.class).choose(service);
		return (chosen != null) ? chosen.getHost() : "none";
	}

	private static String choose(ConfigurableApplicationContext client, String service, Request<?> request) {
		ServiceInstance chosen = client.getBean(LoadBalancerClient.class).choose(service, request);
		return (chosen != null) ? chosen.getHost() : "none";
	}

	private static Map<String, Long> choices(ConfigurableApplicationContext client, String service, int number) {
		return IntStream.range(0, number)
			.mapToObj((i) -> choose(client, service))
			.collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
	}

	private static void putWithMetadata(String service, String id, String metadata) {
		put(service, id, "{\"host\":\"10.0.0." + id + "\",\"port\":80,\"metadata\":{" + metadata + "}}");
	}

	private static void put(String service, String id, String value) {
		etcd.etcdctl("put", "/services/" + service + "/" + id, value);
	}

	private static void delete(String service, String id) {
		etcd.etcdctl("del", "/services/" + service + "/" + id);
	}

	@Configuration(proxyBeanMethods = false)
	@org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient(name = "own",
			configuration = SupplierConfiguration.class)
	static class OwnSupplier {

	}

	@Configuration(proxyBeanMethods = false)
	@org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient(name = "hinted",
			configuration = HintConfiguration.class)
	static class Hints {

	}

	static class HintConfiguration {

		@Bean
		ServiceInstanceListSupplier supplierWithHints(ConfigurableApplicationContext context) {
			return ServiceInstanceListSupplier.builder().withBlockingDiscoveryClient().withHints().build(context);
		}

	}

	static class SupplierConfiguration {

		@Bean
		ServiceInstanceListSupplier ownSupplier() {
			return new ServiceInstanceListSupplier() {

				@Override
				public String getServiceId() {
					return "own";
				}

				@Override
				public Flux<List<ServiceInstance>> get() {
					return Flux.just(List.of(new DefaultServiceInstance("1", "own", "own.example", 80, false)));
				}

			};
		}

	}

	static class OtherDiscoveryClient implements ReactiveDiscoveryClient {

		private final AtomicInteger lookUps = new AtomicInteger();

		@Override
		public String description() {
			return "other";
		}

		@Override
		public Flux<ServiceInstance> getInstances(String serviceId) {
			if (!serviceId.equals("theirs")) {
				return Flux.empty();
			}
			return Flux.defer(() -> {
				this.lookUps.incrementAndGet();
				return Flux.just(new DefaultServiceInstance("1", "theirs", "theirs.example", 80, false));
			});
		}

		@Override
		public Flux<String> getServices() {
			return Flux.just("theirs");
		}

	}

}
