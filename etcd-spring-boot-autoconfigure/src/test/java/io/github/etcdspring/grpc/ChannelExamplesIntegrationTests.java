package io.github.etcdspring.grpc;

import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The channels of the documentation.
 */
class ChannelExamplesIntegrationTests {

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private EchoServer one;

	private EchoServer two;

	@BeforeEach
	void register() {
		this.one = this.opened.add(EchoServer.start("one"));
		this.two = this.opened.add(EchoServer.start("two"));
		etcd.etcdctl("put", "/services/orders/one", "127.0.0.1:" + this.one.port());
		etcd.etcdctl("put", "/services/orders/two", "127.0.0.1:" + this.two.port());
	}

	@Test
	void channelOfPlainGrpcCallsAllInstances() {
		assertThatAllAreCalled(channel(Plain.class));
	}

	@Test
	void boundChannelCallsAllInstances() {
		assertThatAllAreCalled(channel(Bound.class));
	}

	@Test
	void serviceConfigOfTheChannelRetriesCallsThatFail() {
		ManagedChannel channel = channel(Retrying.class);
		assertThatAllAreCalled(channel);
		this.one.answersWith(Status.UNAVAILABLE);
		int before = this.one.calls();
		assertThat(EchoServer.answers(channel)).containsExactly("two");
		assertThat(this.one.calls()).isGreaterThan(before);
	}

	private ManagedChannel channel(Class<?> configuration) {
		return this.opened.add(Applications.client(etcd, configuration)).getBean(ManagedChannel.class);
	}

	private static void assertThatAllAreCalled(ManagedChannel channel) {
		await().until(() -> EchoServer.answers(channel).equals(Set.of("one", "two")));
	}

	@Configuration(proxyBeanMethods = false)
	static class Plain {

		@Bean(destroyMethod = "shutdownNow")
		ManagedChannel orders() {
			return ManagedChannelBuilder.forTarget("etcd:///orders").usePlaintext().build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Bound {

		@Bean(destroyMethod = "shutdownNow")
		ManagedChannel orders(EtcdChannelCustomizer customizer) {
			ManagedChannelBuilder<?> builder = ManagedChannelBuilder.forTarget("etcd:///orders").usePlaintext();
			customizer.customize(builder);
			return builder.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Retrying {

		@Bean(destroyMethod = "shutdownNow")
		ManagedChannel orders() {
			Map<String, ?> retry = Map.of("maxAttempts", 3.0, "initialBackoff", "0.1s", "maxBackoff", "1s",
					"backoffMultiplier", 2.0, "retryableStatusCodes", List.of("UNAVAILABLE"));
			return ManagedChannelBuilder.forTarget("etcd:///orders")
				.usePlaintext()
				.disableServiceConfigLookUp()
				.defaultLoadBalancingPolicy("etcd_service")
				.defaultServiceConfig(
						Map.of("methodConfig", List.of(Map.of("name", List.of(Map.of()), "retryPolicy", retry))))
				.build();
		}

	}

}
