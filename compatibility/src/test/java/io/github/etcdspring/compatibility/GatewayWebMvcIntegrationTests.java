package io.github.etcdspring.compatibility;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Spring Cloud Gateway Server WebMVC.
 */
class GatewayWebMvcIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final String ROUTES = "/config/gateway/spring/cloud/gateway/server/webmvc/routes";

	@Test
	void routesToServicesInEtcdAndFollowsRoutesInEtcd() {
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		putRoute(0, "/shop/**");
		RestClient gateway = client(start(Gateway.class, "gateway", WebApplicationType.SERVLET, "libraries=gateway"));
		await().atMost(SOON).ignoreExceptions().until(() -> get(gateway, "/shop/orders").equals("orders"));
		assertThatExceptionOfType(HttpClientErrorException.NotFound.class)
			.isThrownBy(() -> get(gateway, "/store/orders"));
		putRoute(1, "/store/**");
		await().atMost(SOON).ignoreExceptions().until(() -> get(gateway, "/store/orders").equals("orders"));
		putRoute(0, "/market/**");
		await().atMost(SOON).ignoreExceptions().until(() -> get(gateway, "/market/orders").equals("orders"));
		assertThatExceptionOfType(HttpClientErrorException.NotFound.class)
			.isThrownBy(() -> get(gateway, "/shop/orders"));
		this.etcd.etcdctl("del", ROUTES + "[1]", "--prefix");
		await().atMost(SOON)
			.untilAsserted(() -> assertThatExceptionOfType(HttpClientErrorException.NotFound.class)
				.isThrownBy(() -> get(gateway, "/store/orders")));
	}

	private void putRoute(int index, String path) {
		this.etcd.putTogether(java.util.Map.of(ROUTES + "[" + index + "]/id", "route" + index,
				ROUTES + "[" + index + "]/uri", "lb://orders", ROUTES + "[" + index + "]/predicates[0]", "Path=" + path,
				ROUTES + "[" + index + "]/filters[0]", "StripPrefix=1"));
	}

	private static RestClient client(ConfigurableApplicationContext gateway) {
		return RestClient.create("http://127.0.0.1:" + gateway.getEnvironment().getProperty("local.server.port"));
	}

	private static String get(RestClient client, String path) {
		return String.valueOf(client.get().uri(path).retrieve().body(String.class));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Gateway {

	}

}
