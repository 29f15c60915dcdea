package io.github.etcdspring.sample.gateway;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatRuntimeException;

/**
 * Tests the start of the gateway with an invalid route in etcd.
 */
@ExtendWith(OutputCaptureExtension.class)
class GatewayStartIntegrationTests {

	@Test
	void failsToStartWithInvalidRouteAndNamesIt(CapturedOutput output) {
		try (EtcdServer etcd = EtcdServer.start()) {
			etcd.etcdctl("put", "/config/gateway/routes.yaml", """
					spring.cloud.gateway.server.webflux.routes:
					- id: hello
					  uri: lb://greeting
					  predicates:
					  - Path=/hello
					  filters:
					  - NoSuchFilter=1
					""");
			assertThatRuntimeException().isThrownBy(() -> SpringApplication.run(GatewayApplication.class,
					"--server.port=0", "--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1"));
			assertThat(output).contains("APPLICATION FAILED TO START")
				.contains(
						"spring.cloud.gateway.server.webflux.routes[0].filters[0] names an unknown predicate or filter")
				.contains("etcdctl get '/config/gateway/routes.yaml'");
			assertThat(etcd.etcdctl("get", "--prefix", "--keys-only", "/services/")).isBlank();
		}
	}

}
