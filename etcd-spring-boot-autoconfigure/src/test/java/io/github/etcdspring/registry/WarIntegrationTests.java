package io.github.etcdspring.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.Service;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.servlet.support.SpringBootServletInitializer;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.support.WebApplicationContextUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for an application that is deployed to an external Tomcat.
 */
@ExtendWith(OutputCaptureExtension.class)
class WarIntegrationTests {

	private static final String UNKNOWN_PORT = "Not registered in etcd: the port of the external servlet container is"
			+ " unknown. Set spring.cloud.etcd.discovery.port";

	private static final Duration SOON = Duration.ofSeconds(5);

	@SharedEtcd
	private static EtcdServer etcd;

	@TempDir
	private Path directory;

	@Test
	void isRegisteredWithThePortThatIsSet() throws LifecycleException {
		Tomcat tomcat = deploy("war", "spring.cloud.etcd.discovery.port=9999");
		try {
			await().atMost(SOON).until(() -> Keys.of(etcd, "war").size() == 1);
			assertThat(Keys.value(etcd, Keys.of(etcd, "war").get(0))).contains("\"port\":9999,");
		}
		finally {
			stop(tomcat);
		}
		assertThat(Keys.of(etcd, "war")).isEmpty();
	}

	@Test
	void logsOnceWhichPropertyIsMissingWithoutAPort(CapturedOutput output) throws LifecycleException {
		Tomcat tomcat = deploy("war-without-port");
		try {
			assertThat(List.of(output.getOut().split("\n"))).filteredOn((line) -> line.contains("Not registered"))
				.singleElement()
				.satisfies((line) -> assertThat(line).contains("WARN", UNKNOWN_PORT));
			assertThat(context(tomcat).getBean(EtcdServiceRegistry.class).warnings()).singleElement()
				.asString()
				.startsWith(UNKNOWN_PORT);
			assertThat(Keys.of(etcd, "war-without-port")).isEmpty();
		}
		finally {
			stop(tomcat);
		}
	}

	private Tomcat deploy(String name, String... properties) throws LifecycleException {
		Tomcat tomcat = new Tomcat();
		tomcat.setBaseDir(this.directory.toString());
		tomcat.setPort(0);
		tomcat.getConnector();
		ServletContainerInitializer initializer = (classes, servletContext) -> new War(name, properties)
			.onStartup(servletContext);
		tomcat.addContext("/shop", this.directory.toString()).addServletContainerInitializer(initializer, Set.of());
		tomcat.start();
		return tomcat;
	}

	private static WebApplicationContext context(Tomcat tomcat) {
		ServletContext servletContext = ((Context) tomcat.getHost().findChild("/shop")).getServletContext();
		return WebApplicationContextUtils.getRequiredWebApplicationContext(servletContext);
	}

	private static void stop(Tomcat tomcat) throws LifecycleException {
		tomcat.stop();
		tomcat.destroy();
	}

	private static final class War extends SpringBootServletInitializer {

		private final String name;

		private final String[] properties;

		War(String name, String... properties) {
			this.name = name;
			this.properties = properties;
		}

		@Override
		protected SpringApplicationBuilder configure(SpringApplicationBuilder builder) {
			return builder.sources(Service.class)
				.properties("spring.cloud.etcd.endpoints=" + etcd.endpoint(), "spring.application.name=" + this.name,
						"spring.cloud.etcd.discovery.ip-address=127.0.0.1", "spring.cloud.etcd.discovery.drain=0s",
						"spring.main.banner-mode=off")
				.properties(this.properties);
		}

	}

}
