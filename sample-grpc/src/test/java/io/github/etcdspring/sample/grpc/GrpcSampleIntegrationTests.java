package io.github.etcdspring.sample.grpc;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.github.etcdspring.sample.grpc.proto.GreetingRequest;
import io.github.etcdspring.sample.grpc.proto.GreetingsGrpc.GreetingsBlockingStub;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for applications with the gRPC starters of Spring Boot: a service
 * with only a gRPC server, and one with a web server and a gRPC server.
 */
class GrpcSampleIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(30);

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext shop;

	private static ConfigurableApplicationContext one;

	private static ConfigurableApplicationContext two;

	@BeforeAll
	static void startApplications() {
		etcd = EtcdServer.start();
		shop = start("consumer", "the-shop");
		one = start("provider", "one");
		two = start("provider", "two");
	}

	@AfterAll
	static void stopApplications() {
		two.close();
		one.close();
		shop.close();
		etcd.close();
	}

	@Test
	void portOfAnApplicationWithOnlyAGrpcServerIsThatOfItsServer() {
		assertThat(instance("greeting", "one").getPort()).isEqualTo(grpcPort(one));
	}

	@Test
	void portOfTheGrpcServerBesideAWebServerIsInTheMetadata() {
		ServiceInstance instance = instance("shop", "the-shop");
		assertThat(String.valueOf(instance.getPort()))
			.isEqualTo(shop.getEnvironment().getProperty("local.server.port"));
		assertThat(instance.getMetadata()).containsEntry("gRPC_port", String.valueOf(grpcPort(shop)));
	}

	@Test
	void servicesCallEachOtherByName() {
		await().atMost(SOON).until(() -> answers().equals(Set.of("one", "two")));
		assertThat(greetings().greet(GreetingRequest.newBuilder().setVisitor(7).build()).getMessage())
			.isEqualTo("Hello, visitor 7");
	}

	@Test
	void instanceThatRefusesTrafficGetsNoCall() {
		await().atMost(SOON).until(() -> answers().equals(Set.of("one", "two")));
		AvailabilityChangeEvent.publish(one, ReadinessState.REFUSING_TRAFFIC);
		await().atMost(SOON).until(() -> answers().equals(Set.of("two")));
		AvailabilityChangeEvent.publish(one, ReadinessState.ACCEPTING_TRAFFIC);
		await().atMost(SOON).until(() -> answers().equals(Set.of("one", "two")));
	}

	private static ConfigurableApplicationContext start(String profile, String id) {
		return new SpringApplicationBuilder(GrpcSampleApplication.class).profiles(profile)
			.run("--server.port=0", "--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1",
					"--spring.cloud.etcd.discovery.instance-id=" + id, "--spring.cloud.etcd.discovery.drain=100ms",
					"--spring.grpc.client.channel.greeting.default.deadline=30s",
					"--spring.grpc.client.channel.shop.default.deadline=30s");
	}

	private static ServiceInstance instance(String service, String id) {
		DiscoveryClient discovery = shop.getBean(DiscoveryClient.class);
		List<ServiceInstance> found = await().atMost(SOON)
			.until(() -> discovery.getInstances(service)
				.stream()
				.filter((instance) -> id.equals(instance.getInstanceId()))
				.toList(), (instances) -> !instances.isEmpty());
		return found.get(0);
	}

	private static int grpcPort(ConfigurableApplicationContext application) {
		return application.getBean(GrpcServerLifecycle.class).getPort();
	}

	/** Calls often enough to reach each instance. */
	private static Set<String> answers() {
		Set<String> answers = new TreeSet<>();
		for (int i = 0; i < 20; i++) {
			answers.add(greetings().greet(GreetingRequest.getDefaultInstance()).getInstance());
		}
		return answers;
	}

	private static GreetingsBlockingStub greetings() {
		return shop.getBean(GreetingsBlockingStub.class);
	}

}
