package io.github.etcdspring.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import com.sun.net.httpserver.HttpServer;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.registry.EtcdDiscoveryProperties.Follow;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Starts without etcd, with the catalog of a snapshot file.
 */
@ExtendWith(OutputCaptureExtension.class)
class CatalogSnapshotIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(15);

	private final EtcdServer etcd = EtcdServer.start();

	private final List<AutoCloseable> resources = new ArrayList<>();

	@TempDir
	private Path directory;

	private Path file;

	private int port;

	@BeforeEach
	void registerInstances() throws IOException {
		this.file = this.directory.resolve("catalog");
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.createContext("/", (exchange) -> {
			byte[] body = "hello".getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.start();
		this.resources.add(() -> server.stop(0));
		this.port = server.getAddress().getPort();
		this.etcd.etcdctl("put", "/services/greeting/one", "127.0.0.1:" + this.port);
		this.etcd.etcdctl("put", "/services/gone/one", "127.0.0.1:1");
	}

	@AfterEach
	void stop() throws Exception {
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
		this.etcd.close();
	}

	@Test
	void startsWithTheLastKnownInstancesAndReplacesThemWhenEtcdIsBack(CapturedOutput output) {
		save();
		this.etcd.kill();
		ConfigurableApplicationContext application = application();
		assertThat(services(application)).containsExactly("gone", "greeting");
		assertThat(instances(application, "greeting")).containsExactly(this.port);
		RestClient client = application.getBean(RestClient.Builder.class).build();
		assertThat(client.get().uri("http://greeting/").retrieve().body(String.class)).isEqualTo("hello");
		assertThat(health(application).getStatus()).isEqualTo(Status.UNKNOWN);
		assertThat(health(application).getDetails()).containsEntry("source", "snapshot file")
			.containsEntry("services", 2);
		assertThat((Instant) health(application).getDetails().get("staleSince")).isBefore(Instant.now())
			.isAfter(Instant.now().minusSeconds(60));
		assertThat(output).containsPattern("Starting with the service catalog of the snapshot file " + this.file
				+ ", saved \\d+s ago, with 2 instances of 2 services");
		this.etcd.restart();
		this.etcd.etcdctl("put", "/services/greeting/two", "127.0.0.1:2");
		this.etcd.etcdctl("del", "/services/gone/one");
		await().atMost(SOON).until(() -> instances(application, "greeting").size() == 2);
		await().atMost(SOON).until(() -> services(application).equals(List.of("greeting")));
		await().atMost(SOON).until(() -> health(application).getStatus().equals(Status.UP));
		assertThat(health(application).getDetails()).doesNotContainKey("source");
	}

	@Test
	void overrideIsHonoredWithoutEtcdAndEndsByItself() {
		Instant end = Instant.now().plusSeconds(20);
		this.etcd.etcdctl("put", "/overrides/greeting/one",
				"{\"owner\":\"jane\",\"reason\":\"leak\",\"until\":\"" + end + "\",\"outOfService\":true}");
		save();
		this.etcd.kill();
		ConfigurableApplicationContext application = application();
		assertThat(instances(application, "gone")).hasSize(1);
		assertThat(Instant.now()).isBefore(end);
		assertThat(instances(application, "greeting")).isEmpty();
		await().atMost(Duration.ofSeconds(25)).until(() -> instances(application, "greeting").size() == 1);
		assertThat(Instant.now()).isAfterOrEqualTo(end);
	}

	@Test
	void firstAnswerOfEtcdReplacesEverything() {
		save();
		this.etcd.kill();
		ConfigurableApplicationContext application = application();
		assertThat(services(application)).containsExactly("gone", "greeting");
		this.etcd.wipe();
		this.etcd.restart();
		await().atMost(SOON).until(() -> services(application).isEmpty());
		assertThat(application.getBean(ServiceCatalog.class).massExpiries()).isEmpty();
	}

	@Test
	void isNotReadWhereEtcdAnswers(CapturedOutput output) throws IOException {
		new CatalogFile(this.file, Duration.ofHours(1), new InstanceKeys("/services"), new InstanceKeys("/overrides"),
				Follow.ALL)
			.write(new CatalogState(Catalog.EMPTY, 99, Instant.now()));
		assertThat(services(application())).containsExactly("gone", "greeting");
		assertThat(output).doesNotContain("snapshot file");
	}

	@Test
	void isWrittenSoonAfterAChangeAndNotWithoutOne() throws IOException {
		ConfigurableApplicationContext application = application();
		await().atMost(SOON).until(() -> Files.exists(this.file));
		FileTime written = Files.getLastModifiedTime(this.file);
		await().during(Duration.ofSeconds(5))
			.atMost(SOON)
			.until(() -> Files.getLastModifiedTime(this.file).equals(written));
		this.etcd.etcdctl("put", "/services/greeting/two", "127.0.0.1:2");
		await().atMost(SOON).until(() -> !Files.getLastModifiedTime(this.file).equals(written));
		assertThat(read().catalog().instances().get("greeting")).hasSize(2);
		assertThat(instances(application, "greeting")).hasSize(2);
	}

	@Test
	void failFastStartsWithAFileAndFailsWithoutOne() throws IOException {
		save();
		this.etcd.kill();
		String[] properties = { "spring.cloud.etcd.discovery.fail-fast=true",
				"spring.cloud.etcd.startup-timeout=500ms" };
		assertThat(services(application(properties))).containsExactly("gone", "greeting");
		Files.delete(this.file);
		assertThatException().isThrownBy(() -> application(properties))
			.havingRootCause()
			.withMessageContaining("could not be read from etcd");
	}

	@Test
	void startsEmptyWhereTheFileIsRefusedAndSaysWhy(CapturedOutput output) throws IOException {
		save();
		this.etcd.kill();
		assertThat(services(application("spring.cloud.etcd.discovery.snapshot-max-age=0s"))).isEmpty();
		assertThat(output).contains("Starting with an empty service catalog")
			.containsPattern("The snapshot file " + this.file + " cannot be used: it is \\d+s old");
		Files.setPosixFilePermissions(this.file, PosixFilePermissions.fromString("rw-rw-rw-"));
		assertThat(services(application())).isEmpty();
		assertThat(output).contains("cannot be used: it is writable by all users. Run 'chmod o-w " + this.file + "'");
		Files.delete(this.file);
		Files.writeString(this.file, "etcd");
		assertThat(services(application())).isEmpty();
		assertThat(output).contains("cannot be used: it was modified or truncated");
		Files.delete(this.file);
		assertThat(services(application())).isEmpty();
		assertThat(output).contains("There is no snapshot file " + this.file);
	}

	@Test
	void isNotOverwrittenBeforeEtcdHasAnswered() throws IOException {
		save();
		byte[] content = Files.readAllBytes(this.file);
		this.etcd.kill();
		application("spring.cloud.etcd.discovery.snapshot-max-age=0s").close();
		application().close();
		assertThat(Files.readAllBytes(this.file)).isEqualTo(content);
	}

	@Test
	void saysOnceThatTheFileCannotBeWritten(CapturedOutput output) throws IOException {
		Files.writeString(this.directory.resolve("file"), "");
		this.file = this.directory.resolve("file/catalog");
		ConfigurableApplicationContext application = application();
		await().atMost(SOON)
			.until(() -> output.toString().contains("Failed to write the service catalog snapshot file " + this.file));
		application.close();
		assertThat(output).containsOnlyOnce("Failed to write the service catalog snapshot file");
	}

	/** An application that is closed at once leaves its catalog. */
	private void save() {
		application().close();
		assertThat(this.file).exists();
	}

	private CatalogState read() throws IOException {
		return new CatalogFile(this.file, Duration.ofHours(1), new InstanceKeys("/services"),
				new InstanceKeys("/overrides"), Follow.ALL)
			.read();
	}

	private ConfigurableApplicationContext application(String... properties) {
		ConfigurableApplicationContext application = Applications.plain(this.etcd, "client", Clients.class)
			.properties("spring.cloud.etcd.discovery.register=false", "spring.cloud.etcd.request-timeout=1s",
					"spring.cloud.etcd.discovery.snapshot-file=" + this.file)
			.properties(properties)
			.run();
		this.resources.add(0, application);
		return application;
	}

	private static List<String> services(ConfigurableApplicationContext application) {
		return application.getBean(DiscoveryClient.class).getServices();
	}

	private static List<Integer> instances(ConfigurableApplicationContext application, String service) {
		return application.getBean(DiscoveryClient.class)
			.getInstances(service)
			.stream()
			.map(ServiceInstance::getPort)
			.toList();
	}

	private static IndicatedHealthDescriptor health(ConfigurableApplicationContext application) {
		return (IndicatedHealthDescriptor) application.getBean(HealthEndpoint.class).healthForPath("etcd", "discovery");
	}

	@Configuration(proxyBeanMethods = false)
	static class Clients {

		@Bean
		@LoadBalanced
		RestClient.Builder restClientBuilder() {
			return RestClient.builder();
		}

	}

}
