package io.github.etcdspring.actuate;

import java.time.Duration;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link EtcdTargetsEndpoint}.
 */
class EtcdTargetsEndpointIntegrationTests {

	private static final String EXPOSED = "--management.endpoints.web.exposure.include=etcdtargets";

	private static final String[] NOT_REGISTERED = { EXPOSED, "--spring.cloud.etcd.discovery.register=false" };

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	private final ObjectMapper json = new ObjectMapper();

	@Test
	void listsAllInstancesWithTheirMetadataAsLabels() throws Exception {
		store.put("/services/orders/b", "10.0.0.8:80");
		store.put("/services/orders/a",
				"{\"host\":\"10.0.0.7\",\"port\":8443,\"secure\":true,\"status\":\"OUT_OF_SERVICE\","
						+ "\"metadata\":{\"zone\":\"a\",\"management.port\":\"9090\",\"größe\":\"L\"}}");
		store.put("/services/billing/1", "[::1]:8080");
		store.put("/services/billing/2", "not an instance");
		try (ConfigurableApplicationContext shop = Applications.servlet(etcd, "shop").run(NOT_REGISTERED)) {
			assertThat(this.json.readTree(read(shop, "").getBody())).isEqualTo(this.json.readTree(
					"""
							[{"targets":["[::1]:8080"],"labels":{"__meta_etcd_service":"billing","__meta_etcd_instance":"1",
							  "__meta_etcd_scheme":"http","__meta_etcd_status":"UP"}},
							 {"targets":["10.0.0.7:8443"],"labels":{"__meta_etcd_service":"orders","__meta_etcd_instance":"a",
							  "__meta_etcd_scheme":"https","__meta_etcd_status":"OUT_OF_SERVICE","__meta_etcd_metadata_zone":"a",
							  "__meta_etcd_metadata_management_port":"9090","__meta_etcd_metadata_gr__e":"L"}},
							 {"targets":["10.0.0.8:80"],"labels":{"__meta_etcd_service":"orders","__meta_etcd_instance":"b",
							  "__meta_etcd_scheme":"http","__meta_etcd_status":"UP"}}]
							"""));
			assertThat(targets(shop, "/billing")).containsExactly("[::1]:8080");
			assertThat(targets(shop, "/unknown")).isEmpty();
		}
	}

	@Test
	void followsChangesAndKeepsTheTargetsWhileEtcdIsDown() {
		try (EtcdServer own = EtcdServer.start();
				ConfigurableApplicationContext shop = Applications.servlet(own, "shop").run(NOT_REGISTERED)) {
			assertThat(targets(shop, "")).isEmpty();
			own.etcdctl("put", "/services/orders/1", "10.0.0.7:80");
			await().atMost(Duration.ofSeconds(20)).until(() -> targets(shop, "").equals(List.of("10.0.0.7:80")));
			own.kill();
			assertThat(targets(shop, "")).containsExactly("10.0.0.7:80");
		}
	}

	/** Prometheus accepts no other media type. */
	@Test
	void respondsWithPlainJsonForAnyAcceptedType() {
		try (ConfigurableApplicationContext shop = Applications.servlet(etcd, "shop").run(NOT_REGISTERED)) {
			assertThat(read(shop, "").getHeaders().getContentType()).isEqualTo(MediaType.APPLICATION_JSON);
		}
	}

	@Test
	void isNotExposedByDefault() {
		try (ConfigurableApplicationContext shop = Applications.servlet(etcd, "shop").run()) {
			assertThat(shop.getBeansOfType(EtcdTargetsEndpoint.class)).isEmpty();
			assertThatExceptionOfType(HttpClientErrorException.NotFound.class).isThrownBy(() -> read(shop, ""));
		}
	}

	@Test
	void requiresTheServiceCatalog() {
		try (ConfigurableApplicationContext shop = Applications.servlet(etcd, "shop")
			.run(EXPOSED, "--spring.cloud.etcd.discovery.enabled=false")) {
			assertThat(shop.getBeansOfType(EtcdTargetsEndpoint.class)).isEmpty();
		}
	}

	private List<String> targets(ConfigurableApplicationContext shop, String path) {
		try {
			return this.json.readTree(read(shop, path).getBody())
				.findValues("targets")
				.stream()
				.map((targets) -> targets.get(0))
				.map(JsonNode::asText)
				.toList();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static ResponseEntity<String> read(ConfigurableApplicationContext shop, String path) {
		return RestClient.create("http://127.0.0.1:" + shop.getEnvironment().getProperty("local.server.port"))
			.get()
			.uri("/actuator/etcdtargets" + path)
			.header("Accept", "*/*")
			.retrieve()
			.toEntity(String.class);
	}

}
