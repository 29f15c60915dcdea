package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.List;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.TlsServerCredentials.ClientAuth;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.grpc.server.NettyGrpcServerFactory;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.grpc.server.lifecycle.GrpcServerShutdownEvent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for an application with a Spring gRPC server on a free port.
 */
@ExtendWith(OutputCaptureExtension.class)
class GrpcServerIntegrationTests {

	private static final Log logger = LogFactory.getLog(GrpcServerIntegrationTests.class);

	private static final Duration SOON = Duration.ofSeconds(5);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void portIsInTheMetadataBesideThatOfTheWebServer() {
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, "both", Grpc.class).run()) {
			await().atMost(SOON).until(() -> Keys.of(etcd, "both").size() == 1);
			assertThat(Keys.value(etcd, Keys.of(etcd, "both").get(0)))
				.contains("\"port\":" + context.getEnvironment().getProperty("local.server.port") + ",")
				.contains("\"gRPC_port\":\"" + port(context) + "\"");
		}
	}

	@Test
	void portIsRegisteredWithoutAWebServer(CapturedOutput output) {
		SpringApplicationBuilder application = Applications.servlet(etcd, "grpc", Grpc.class)
			.web(WebApplicationType.NONE);
		try (ConfigurableApplicationContext context = application.run()) {
			await().atMost(SOON).until(() -> Keys.of(etcd, "grpc").size() == 1);
			assertThat(Keys.value(etcd, Keys.of(etcd, "grpc").get(0))).contains("\"port\":" + port(context) + ",");
			assertThat(output).doesNotContain("Not registered");
		}
		assertThat(output).contains("Keys at shutdown of the gRPC server: []");
	}

	private static int port(ConfigurableApplicationContext context) {
		return context.getBean(GrpcServerLifecycle.class).getPort();
	}

	@Configuration(proxyBeanMethods = false)
	static class Grpc {

		@Bean
		GrpcServerLifecycle grpcServerLifecycle(ApplicationEventPublisher publisher) {
			return new GrpcServerLifecycle(
					new NettyGrpcServerFactory("127.0.0.1:0", List.of(), null, null, ClientAuth.NONE),
					Duration.ofSeconds(5), publisher);
		}

		@EventListener
		void stopping(GrpcServerShutdownEvent event) {
			logger.info("Keys at shutdown of the gRPC server: " + Keys.of(etcd, "grpc"));
		}

	}

}
