package io.github.etcdspring.registry;

import java.time.Duration;

import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ApplicationContextException;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class StartWithoutEtcdIntegrationTests {

	/** Includes the start of an application on a busy machine. */
	private static final Duration LIMIT = Duration.ofSeconds(30);

	@SharedEtcd
	private static EtcdServer etcd;

	@AfterEach
	void repair() {
		if (etcd.isRunning()) {
			etcd.thaw();
		}
		else {
			etcd.restart();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "kill", "freeze" })
	void applicationStartsServesAndIsRegisteredOnceEtcdIsThere(String fault) {
		String name = "early-" + fault;
		disturb(fault);
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, name)
			.properties("spring.cloud.etcd.discovery.instance-id=" + name, "spring.cloud.etcd.request-timeout=2s")
			.run()) {
			String url = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
			assertThat(RestClient.create(url).get().uri("/").retrieve().body(String.class)).isEqualTo(name);
			assertThat(context.getBean(DiscoveryClient.class).getInstances(name)).isEmpty();
			repair();
			await().atMost(Duration.ofSeconds(20)).until(() -> Keys.of(etcd, name).size() == 1);
			await().atMost(Duration.ofSeconds(20))
				.until(() -> context.getBean(DiscoveryClient.class).getInstances(name).size() == 1);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "kill", "freeze" })
	void failFastEndsTheStartWithCauseAndRemedy(String fault, CapturedOutput output) {
		disturb(fault);
		SpringApplicationBuilder application = failingFast("hasty").properties("spring.cloud.etcd.startup-timeout=3s",
				"spring.cloud.etcd.request-timeout=1s");
		long before = System.nanoTime();
		assertThatExceptionOfType(EtcdUnavailableException.class).isThrownBy(() -> run(application));
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(LIMIT);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("The services could not be read from etcd, and spring.cloud.etcd.discovery.fail-fast is set.")
			.contains(etcd.endpoint())
			.contains("spring.cloud.etcd.discovery.fail-fast=false");
	}

	@Test
	void failFastEndsTheStartIfTheInstanceIdIsHeldByAnotherProcess(CapturedOutput output) {
		try (ConfigurableApplicationContext first = Applications.plain(etcd, "taken")
			.properties("spring.cloud.etcd.discovery.instance-id=one")
			.run()) {
			await().until(() -> Keys.of(etcd, "taken").size() == 1);
			String value = Keys.value(etcd, "/services/taken/one");
			SpringApplicationBuilder second = failingFast("taken").properties(
					"spring.cloud.etcd.discovery.instance-id=one", "spring.cloud.etcd.discovery.ttl=2s",
					"spring.cloud.etcd.startup-timeout=2s");
			long before = System.nanoTime();
			assertThatExceptionOfType(EtcdUnavailableException.class).isThrownBy(() -> run(second));
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(LIMIT);
			assertThat(output).contains("APPLICATION FAILED TO START")
				.contains("The key /services/taken/one is held by another process")
				.contains("spring.cloud.etcd.discovery.instance-id");
			assertThat(Keys.value(etcd, "/services/taken/one")).isEqualTo(value);
			assertThat(first.isActive()).isTrue();
		}
	}

	@Test
	void failFastWaitsForTheKeyOfAKilledPredecessorToExpire() {
		String lease = etcd.etcdctl("lease", "grant", "3").split(" ", -1)[1];
		etcd.etcdctl("put", "--lease=" + lease, "/services/heir/one", "10.0.0.1:80");
		try (ConfigurableApplicationContext heir = failingFast("heir")
			.properties("spring.cloud.etcd.discovery.instance-id=one")
			.run()) {
			assertThat(heir.isActive()).isTrue();
			assertThat(Keys.value(etcd, "/services/heir/one")).contains("127.0.0.1:9999");
		}
	}

	private static SpringApplicationBuilder failingFast(String name) {
		return Applications.plain(etcd, name).properties("spring.cloud.etcd.discovery.fail-fast=true");
	}

	/** Throws the exception of the lifecycle or the listener that failed. */
	private static void run(SpringApplicationBuilder application) throws Throwable {
		try {
			application.run();
		}
		catch (ApplicationContextException ex) {
			throw (ex.getCause() != null) ? ex.getCause() : ex;
		}
	}

	private static void disturb(String fault) {
		if (fault.equals("kill")) {
			etcd.kill();
		}
		else {
			etcd.freeze();
		}
	}

}
