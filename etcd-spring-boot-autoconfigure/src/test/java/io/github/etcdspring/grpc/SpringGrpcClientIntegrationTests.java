package io.github.etcdspring.grpc;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.ManagedChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.grpc.client.GrpcChannelFactory;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for channels that Spring Boot 4.1 configures. With Spring Boot 4.0,
 * they run if the auto-configuration of Spring gRPC 1.0 is on the class path.
 */
@EnabledIf(value = "hasGrpcClient", disabledReason = "Spring Boot 4.0 has no gRPC client")
class SpringGrpcClientIntegrationTests {

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	static boolean hasGrpcClient() {
		return ClassUtils.isPresent("org.springframework.boot.grpc.client.autoconfigure.GrpcClientAutoConfiguration",
				SpringGrpcClientIntegrationTests.class.getClassLoader());
	}

	@Test
	void channelByNameFollowsTheServiceOfItsTarget() {
		put("one");
		put("two");
		ManagedChannel channel = channel();
		await().until(() -> EchoServer.answers(channel).size() == 2);
		etcd.etcdctl("del", "/services/orders/one");
		await().until(() -> EchoServer.answers(channel).size() == 1);
		put("three");
		await().until(() -> EchoServer.answers(channel).contains("three"));
	}

	@Test
	void policyOfAChannelWithAServiceConfigIsKept() {
		put("one");
		put("two");
		ManagedChannel channel = channel(
				"spring.grpc.client.channel.shop.service-config.loadbalancing[0].pickfirst.shuffleaddresslist=false",
				"spring.grpc.client.channels.shop.health.enabled=true",
				"spring.grpc.client.channels.shop.default-load-balancing-policy=pick_first");
		assertThat(EchoServer.answers(channel)).hasSize(1);
	}

	private ManagedChannel channel(String... properties) {
		ConfigurableApplicationContext client = this.opened.add(Applications.plain(etcd, "client")
			.properties("spring.cloud.etcd.discovery.register=false",
					"spring.grpc.client.channel.shop.target=etcd:///orders",
					"spring.grpc.client.channels.shop.address=etcd:///orders")
			.properties(properties)
			.run());
		return client.getBean(GrpcChannelFactory.class).createChannel("shop");
	}

	private void put(String name) {
		EchoServer server = this.opened.add(EchoServer.start(name));
		etcd.etcdctl("put", "/services/orders/" + name, "127.0.0.1:" + server.port());
	}

}
