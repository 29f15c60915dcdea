package io.github.etcdspring.loadbalancer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.CallLoad;
import io.github.etcdspring.fixture.HttpInstances;
import io.github.etcdspring.fixture.LoadBalancedClient;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Calls of instances whose keys vanish from etcd.
 */
@ExtendWith(OutputCaptureExtension.class)
class MassExpiryIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(15);

	private static final String VANISHED = "vanished from etcd at once without a graceful shutdown";

	private final EtcdServer etcd = EtcdServer.start();

	private final HttpInstances instances = new HttpInstances(this.etcd, "greeting");

	private final List<AutoCloseable> resources = new ArrayList<>();

	@AfterEach
	void stop() throws Exception {
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
		this.instances.close();
		this.etcd.close();
	}

	@Test
	void instancesThatLoseTheirLeasesAreCalledUntilTheyAreBack(CapturedOutput output) {
		this.instances.startAndRegister("a", "b", "c", "d");
		ConfigurableApplicationContext application = application(4);
		Supplier<String> call = call(application);
		assertThat(answers(call)).containsExactly("a", "b", "c", "d");
		try (CallLoad load = new CallLoad(200, call)) {
			this.instances.revoke("a", "b", "c", "d");
			await().atMost(SOON).until(() -> instances(application) == 0);
			load.await(Duration.ofMillis(250));
			assertThat(answers(call)).containsExactly("a", "b", "c", "d");
			assertThat(reactive(application)).containsExactly("a", "b", "c", "d");
			assertThat(application.getBean(DiscoveryClient.class).getServices()).isEmpty();
			IndicatedHealthDescriptor health = health(application);
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails().get("vanished").toString()).contains("greeting", "instances=4",
					"calledUntil");
			this.instances.register("a", "b");
			await().atMost(SOON).until(() -> instances(application) == 2);
			assertThat(answers(call)).containsExactly("a", "b");
			this.instances.register("c", "d");
			await().atMost(SOON).until(() -> instances(application) == 4);
			load.await(Duration.ofMillis(250));
			assertThat(load.calls().failed().all()).isEmpty();
		}
		assertThat(health(application).getDetails()).doesNotContainKey("vanished");
		// several expiries may arrive at once
		assertThat(output).containsOnlyOnce(VANISHED)
			.containsPattern("[34] of 4 instances of service 'greeting' " + VANISHED);
	}

	@Test
	void gracefulShutdownOfAllInstancesKeepsNone(CapturedOutput output) {
		List<ConfigurableApplicationContext> instances = List.of(instance("a"), instance("b"), instance("c"));
		ConfigurableApplicationContext application = application(3);
		instances.forEach(ConfigurableApplicationContext::close);
		await().atMost(SOON).until(() -> instances(application) == 0);
		assertThat(application.getBean(ServiceCatalog.class).vanished("greeting")).isEmpty();
		assertThatException().isThrownBy(call(application)::get);
		assertThat(output).doesNotContain(VANISHED);
	}

	@Test
	void gracefulShutdownIsRecognizedWhereItsEventsArriveTogether(CapturedOutput output) {
		this.instances.startAndRegister("a", "b", "c");
		TcpProxy proxy = TcpProxy.to(this.etcd.port());
		this.resources.add(proxy);
		ConfigurableApplicationContext application = application(3,
				"spring.cloud.etcd.endpoints=http://127.0.0.1:" + proxy.port());
		proxy.refuse();
		proxy.cut();
		for (String id : List.of("a", "b", "c")) {
			this.instances.deregister(id);
		}
		proxy.accept();
		await().atMost(SOON).until(() -> instances(application) == 0);
		assertThat(application.getBean(ServiceCatalog.class).vanished("greeting")).isEmpty();
		assertThat(output).doesNotContain(VANISHED);
	}

	@Test
	void twoInstancesAreGoneWithTheirLeases() {
		this.instances.startAndRegister("a", "b");
		ConfigurableApplicationContext application = application(2);
		this.instances.revoke("a", "b");
		await().atMost(SOON).until(() -> instances(application) == 0);
		assertThatException().isThrownBy(call(application)::get);
	}

	@Test
	void vanishedInstancesAreCalledForALimitedTime() {
		this.instances.startAndRegister("a", "b", "c");
		ConfigurableApplicationContext application = application(3,
				"spring.cloud.etcd.loadbalancer.mass-expiry.duration=3s");
		Supplier<String> call = call(application);
		this.instances.revoke("a", "b", "c");
		await().atMost(SOON).until(() -> instances(application) == 0);
		assertThat(answers(call)).containsExactly("a", "b", "c");
		await().atMost(SOON).untilAsserted(() -> assertThatException().isThrownBy(call::get));
		assertThat(health(application).getDetails()).doesNotContainKey("vanished");
	}

	@Test
	void failsAtOnceWhereAllInstancesHaveCrashed() {
		this.instances.startAndRegister("a", "b", "c");
		Supplier<String> call = call(application(3));
		assertThat(answers(call)).hasSize(3);
		this.instances.kill("a", "b", "c");
		this.instances.revoke("a", "b", "c");
		long start = System.nanoTime();
		for (int i = 0; i < 10; i++) {
			assertThatException().isThrownBy(call::get);
		}
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
	}

	private ConfigurableApplicationContext application(int instances, String... properties) {
		ConfigurableApplicationContext application = Applications
			.plain(this.etcd, "client", LoadBalancedClient.Clients.class)
			.properties("spring.cloud.etcd.discovery.register=false")
			.properties(properties)
			.run();
		this.resources.add(application);
		await().atMost(SOON).until(() -> instances(application) == instances);
		return application;
	}

	private ConfigurableApplicationContext instance(String id) {
		return Applications.servlet(this.etcd, "greeting")
			.properties("spring.cloud.etcd.discovery.instance-id=" + id)
			.run();
	}

	private static int instances(ConfigurableApplicationContext application) {
		return application.getBean(DiscoveryClient.class).getInstances("greeting").size();
	}

	private static Supplier<String> call(ConfigurableApplicationContext application) {
		return LoadBalancedClient.REST_TEMPLATE.in(application);
	}

	private static Set<String> answers(Supplier<String> call) {
		return IntStream.range(0, 20).mapToObj((i) -> call.get()).collect(Collectors.toCollection(TreeSet::new));
	}

	private static Set<String> reactive(ConfigurableApplicationContext application) {
		return answers(LoadBalancedClient.WEB_CLIENT.in(application));
	}

	private static IndicatedHealthDescriptor health(ConfigurableApplicationContext application) {
		return (IndicatedHealthDescriptor) application.getBean(HealthEndpoint.class).healthForPath("etcd", "discovery");
	}

}
