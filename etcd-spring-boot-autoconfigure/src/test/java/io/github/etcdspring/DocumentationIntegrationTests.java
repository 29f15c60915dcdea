package io.github.etcdspring;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.registry.EtcdRegistration;
import io.github.etcdspring.registry.EtcdServiceRegistry;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The commands and examples in the documentation work.
 */
class DocumentationIntegrationTests {

	private static final Path PAGE = Path.of("../docs/registration-and-discovery.md");

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext application;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		application = new SpringApplicationBuilder(Application.class)
			.properties("spring.cloud.etcd.endpoints=" + etcd.endpoint(), "spring.application.name=shop",
					"server.port=0", "spring.cloud.etcd.discovery.drain=0s",
					"management.endpoints.web.exposure.include=serviceregistry")
			.run();
		awaitUp();
	}

	@AfterAll
	static void stop() {
		application.close();
		etcd.close();
	}

	private static void awaitUp() {
		await().until(() -> etcd.etcdctl("get", "--prefix", "/services/shop/").contains("\"status\":\"UP\""));
	}

	@Test
	void commandsForEtcdctlWork() throws IOException {
		etcd.etcdctl("user", "add", "shop", "--no-password");
		List<String> commands = Snippets.of(PAGE, "shell")
			.stream()
			.flatMap(String::lines)
			.filter((line) -> line.startsWith("etcdctl "))
			.toList();
		assertThat(commands).hasSizeGreaterThan(3);
		commands.forEach((command) -> etcd.etcdctl(command.substring("etcdctl ".length()).split(" ", -1)));
		DiscoveryClient discovery = application.getBean(DiscoveryClient.class);
		await().until(() -> discovery.getInstances("billing").size() == 1);
		assertThat(etcd.etcdctl("role", "get", "shop")).contains("/services/shop/");
	}

	@Test
	void statusIsChangedThroughTheEndpoint() throws Exception {
		String curl = Snippets.of(PAGE, "shell")
			.stream()
			.flatMap(String::lines)
			.filter((line) -> line.startsWith("curl -X POST"))
			.findFirst()
			.orElseThrow();
		String body = curl.substring(curl.indexOf("'{") + 1, curl.indexOf("}'") + 1);
		String path = URI.create(curl.substring(curl.lastIndexOf(' ') + 1)).getPath();
		String port = application.getEnvironment().getProperty("local.server.port");
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build();
		assertThat(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
			.isEqualTo(200);
		await()
			.until(() -> etcd.etcdctl("get", "--prefix", "/services/shop/").contains("\"status\":\"OUT_OF_SERVICE\""));
		application.getBean(EtcdServiceRegistry.class).setStatus(application.getBean(EtcdRegistration.class), "UP");
		awaitUp();
	}

	@Test
	void statusAndMetadataAreChangedInCode() {
		Operations operations = application.getBean(Operations.class);
		operations.change();
		await().untilAsserted(() -> assertThat(etcd.etcdctl("get", "--prefix", "/services/shop/"))
			.contains("\"status\":\"OUT_OF_SERVICE\"")
			.contains("\"version\":\"1.5.0\""));
		operations.registry.setStatus(operations.registration, "UP");
		awaitUp();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Operations operations(EtcdServiceRegistry registry, EtcdRegistration registration) {
			return new Operations(registry, registration);
		}

	}

	static final class Operations {

		private final EtcdServiceRegistry registry;

		private final EtcdRegistration registration;

		Operations(EtcdServiceRegistry registry, EtcdRegistration registration) {
			this.registry = registry;
			this.registration = registration;
		}

		void change() {
			this.registry.setStatus(this.registration, "OUT_OF_SERVICE");

			this.registration.setMetadata(Map.of("version", "1.5.0"));
			this.registry.register(this.registration);
		}

	}

}
