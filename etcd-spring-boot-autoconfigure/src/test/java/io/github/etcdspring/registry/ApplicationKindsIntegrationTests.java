package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.Service;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class ApplicationKindsIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void servletApplicationIsRegisteredWithThePortItListensOn() {
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, "servlet").run()) {
			assertThat(onlyInstance("servlet")).contains("\"port\":" + port(context, "server") + ",");
		}
		assertThat(Keys.of(etcd, "servlet")).isEmpty();
	}

	@Test
	void reactiveApplicationIsRegisteredWithThePortItListensOn() {
		try (ConfigurableApplicationContext context = Applications.reactive(etcd, "reactive").run()) {
			assertThat(onlyInstance("reactive")).contains("\"port\":" + port(context, "server") + ",");
		}
		assertThat(Keys.of(etcd, "reactive")).isEmpty();
	}

	@Test
	void applicationWithoutAWebServerIsRegisteredWithTheConfiguredPort() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "plain").run()) {
			assertThat(onlyInstance("plain")).contains("\"port\":9999,");
			assertThat(context.isActive()).isTrue();
		}
		assertThat(Keys.of(etcd, "plain")).isEmpty();
	}

	@Test
	void applicationWithoutAPortFindsOthersAndIsNotRegistered(CapturedOutput output) {
		etcd.etcdctl("put", "/services/other/1", "10.0.0.1:80");
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, "no-port")
			.web(WebApplicationType.NONE)
			.run()) {
			assertThat(context.getBean(DiscoveryClient.class).getInstances("other")).hasSize(1);
			assertThat(Keys.of(etcd, "no-port")).isEmpty();
			assertThat(List.of(output.getOut().split("\n")))
				.filteredOn((line) -> line.contains("Not registered in etcd: there is no web server"))
				.singleElement()
				.satisfies((line) -> assertThat(line).contains("INFO"));
		}
	}

	@Test
	void separateManagementServerIsInTheMetadataAndIsNotAnInstance() {
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, "managed")
			.properties("management.server.port=0")
			.run()) {
			String managementPort = port(context, "management");
			assertThat(managementPort).isNotEqualTo(port(context, "server"));
			assertThat(onlyInstance("managed")).contains("\"management.port\":\"" + managementPort + "\"");
		}
		assertThat(Keys.of(etcd, "managed")).isEmpty();
	}

	@Test
	void managementOnTheWebServerIsNotInTheMetadata() {
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, "self-managed").run()) {
			assertThat(port(context, "management")).isEqualTo(port(context, "server"));
			assertThat(onlyInstance("self-managed")).doesNotContain("management.port");
		}
	}

	@Test
	void additionalPortsAreInTheMetadata() {
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, "ports")
			.properties("spring.cloud.etcd.discovery.ports.grpc=9090")
			.run()) {
			assertThat(onlyInstance("ports")).contains("\"port.grpc\":\"9090\"");
			assertThat(context.getBean(EtcdRegistration.class).getMetadata()).containsEntry("port.grpc", "9090");
		}
	}

	@Test
	void applicationWithLazyInitializationIsRegistered() {
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, "lazy")
			.properties("spring.main.lazy-initialization=true")
			.run()) {
			assertThat(onlyInstance("lazy")).contains("\"port\":" + port(context, "server") + ",");
		}
		assertThat(Keys.of(etcd, "lazy")).isEmpty();
	}

	@Test
	void webApplicationBelowAParentWithoutAPortIsOneInstance() {
		SpringApplicationBuilder parent = Applications.servlet(etcd, "child").web(WebApplicationType.NONE);
		try (ConfigurableApplicationContext child = parent.child(Service.class).web(WebApplicationType.SERVLET).run()) {
			assertThat(onlyInstance("child")).contains("\"port\":" + port(child, "server") + ",");
		}
		finally {
			parent.context().close();
		}
		assertThat(Keys.of(etcd, "child")).isEmpty();
	}

	@Test
	void applicationBelowAParentWithAPortIsTheParentsInstance() {
		SpringApplicationBuilder parent = Applications.plain(etcd, "family");
		ConfigurableApplicationContext child = parent.child(Service.class).web(WebApplicationType.NONE).run();
		try {
			assertThat(onlyInstance("family")).contains("\"port\":9999,");
			child.close();
			assertThat(Keys.of(etcd, "family")).hasSize(1);
		}
		finally {
			parent.context().close();
		}
		assertThat(Keys.of(etcd, "family")).isEmpty();
	}

	private static String port(ConfigurableApplicationContext context, String server) {
		return context.getEnvironment().getRequiredProperty("local." + server + ".port");
	}

	/** A second instance would be registered soon after the first. */
	private static String onlyInstance(String service) {
		await().atMost(SOON).until(() -> !Keys.of(etcd, service).isEmpty());
		await().during(500, TimeUnit.MILLISECONDS).atMost(SOON).until(() -> Keys.of(etcd, service).size() == 1);
		return Keys.value(etcd, Keys.of(etcd, service).get(0));
	}

}
