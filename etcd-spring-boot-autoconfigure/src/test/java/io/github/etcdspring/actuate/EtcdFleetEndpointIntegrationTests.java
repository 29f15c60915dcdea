package io.github.etcdspring.actuate;

import java.time.Duration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link EtcdFleetEndpoint}.
 */
class EtcdFleetEndpointIntegrationTests {

	private static final String EXPOSED = "--management.endpoints.web.exposure.include=etcdfleet";

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	private final ObjectMapper json = new ObjectMapper();

	@Test
	void showsTheInstancesOfAllServicesOrOfOne() throws Exception {
		store.put("/config/application/application.yaml", "color: [s3cret");
		try (ConfigurableApplicationContext shown = Applications.servlet(etcd, "orders").run(EXPOSED)) {
			store.put("/fleet/orders/one",
					"{\"applied\":2,\"seen\":3,\"version\":\"1.4\",\"imports\":[\"/config/orders/\"],"
							+ "\"rejected\":{\"revision\":3,\"key\":\"k\",\"reason\":\"r\",\"since\":\"2026-05-31T15:00:00Z\"}}");
			store.put("/fleet/shop/two", "{\"applied\":3,\"seen\":3,\"imports\":[]}");
			assertThat(read(shown, "")).isEqualTo(this.json.readTree(
					"""
							{"instances":[
							 {"service":"orders","instance":"one","version":"1.4","imports":["/config/orders/"],"appliedRevision":2,
							  "seenRevision":3,"rejected":{"revision":3,"key":"k","reason":"r","since":"2026-05-31T15:00:00Z"},"answers":[]},
							 {"service":"shop","instance":"two","imports":[],"appliedRevision":3,"seenRevision":3,"answers":[]}]}
							"""));
			assertThat(read(shown, "/shop").at("/instances")).singleElement()
				.satisfies((instance) -> assertThat(instance.at("/instance").asText()).isEqualTo("two"));
			assertThatExceptionOfType(HttpClientErrorException.NotFound.class).isThrownBy(() -> read(shown, "/other"));
		}
	}

	@Test
	void namesTheProblemWhileEtcdDoesNotAnswer() throws Exception {
		try (EtcdServer hanging = EtcdServer.start();
				ConfigurableApplicationContext context = Applications.servlet(hanging, "orders")
					.run(EXPOSED, "--spring.cloud.etcd.request-timeout=500ms")) {
			hanging.freeze();
			assertThat(read(context, "").at("/problem").asText()).contains(hanging.endpoint());
			assertThat(read(context, "/orders").at("/instances").isEmpty()).isTrue();
			hanging.thaw();
			await().atMost(Duration.ofSeconds(10)).until(() -> read(context, "").at("/problem").isMissingNode());
		}
	}

	@Test
	void isNotExposedByDefault() {
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, "orders").run()) {
			assertThat(context.getBeansOfType(EtcdFleetEndpoint.class)).isEmpty();
		}
	}

	private JsonNode read(ConfigurableApplicationContext context, String path) throws Exception {
		String port = context.getEnvironment().getProperty("local.server.port");
		return this.json.readTree(RestClient.create("http://127.0.0.1:" + port)
			.get()
			.uri("/actuator/etcdfleet" + path)
			.retrieve()
			.body(String.class));
	}

}
