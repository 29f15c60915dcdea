package io.github.etcdspring.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EtcdAutoConfiguration}.
 */
class EtcdAutoConfigurationTests {

	private final SeenBuilder customized = new SeenBuilder();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, EtcdAutoConfiguration.class))
		.withBean(SeenBuilder.class, () -> this.customized);

	@Test
	void connectsToThisMachineByDefault() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(Client.class)
				.hasSingleBean(EtcdConnection.class)
				.hasSingleBean(EtcdConnectionDetails.class);
			ClientBuilder built = this.customized.builder;
			assertThat(built.target()).isEqualTo("ip:///localhost:2379");
			assertThat(built.sslContext()).isNull();
			assertThat(built.user()).isNull();
			assertThat(built.namespace()).isEqualTo(ByteSequence.EMPTY);
			assertThat(built.loadBalancerPolicy()).isEqualTo(BoundedReconnectLoadBalancerProvider.POLICY);
			assertThat(built.waitForReady()).isTrue();
			assertThat(built.maxInboundMessageSize()).isEqualTo(64 * 1024 * 1024);
			assertThat(built.keepaliveTime()).isEqualTo(Duration.ofSeconds(10));
			assertThat(built.keepaliveTimeout()).isEqualTo(Duration.ofSeconds(3));
			assertThat(built.connectTimeout()).isEqualTo(Duration.ofSeconds(3));
			assertThat(built.interceptors()).hasExactlyElementsOfTypes(DeadlineInterceptor.class, ObservedCalls.class,
					WatchMultiplexer.class, RenewalInterceptor.class);
		});
	}

	@Test
	void connectsToAllEndpoints() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.endpoints[0]=http://etcd-1:2379",
					"spring.cloud.etcd.endpoints[1]=etcd-2")
			.run((context) -> assertThat(this.customized.builder.target()).isEqualTo("ip:///etcd-1:2379,etcd-2:2379"));
	}

	@Test
	void connectsToATargetInPlaceOfEndpoints() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.endpoints=http://etcd-1:2379",
					"spring.cloud.etcd.target=dns:///etcd:2379")
			.run((context) -> assertThat(this.customized.builder.target()).isEqualTo("dns:///etcd:2379"));
	}

	@Test
	void appliesAllProperties() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.username=alice", "spring.cloud.etcd.password=s3cret",
					"spring.cloud.etcd.namespace=/team", "spring.cloud.etcd.authority=etcd.example",
					"spring.cloud.etcd.connect-timeout=1s", "spring.cloud.etcd.request-timeout=2s",
					"spring.cloud.etcd.startup-timeout=3s", "spring.cloud.etcd.keepalive.time=20s",
					"spring.cloud.etcd.keepalive.timeout=4s", "spring.cloud.etcd.keepalive.without-calls=true",
					"spring.cloud.etcd.max-inbound-message-size=1MB")
			.run((context) -> {
				ClientBuilder built = this.customized.builder;
				assertThat(built.user()).hasToString("alice");
				assertThat(built.password()).hasToString("s3cret");
				assertThat(built.namespace()).hasToString("/team");
				assertThat(built.authority()).isEqualTo("etcd.example");
				assertThat(built.connectTimeout()).isEqualTo(Duration.ofSeconds(1));
				assertThat(built.keepaliveTime()).isEqualTo(Duration.ofSeconds(20));
				assertThat(built.keepaliveTimeout()).isEqualTo(Duration.ofSeconds(4));
				assertThat(built.keepaliveWithoutCalls()).isTrue();
				assertThat(built.maxInboundMessageSize()).isEqualTo(1024 * 1024);
				EtcdConnection connection = context.getBean(EtcdConnection.class);
				assertThat(connection.requestTimeout()).isEqualTo(Duration.ofSeconds(2));
				assertThat(connection.startupTimeout()).isEqualTo(Duration.ofSeconds(3));
			});
	}

	@Test
	void backsOffIfTheStarterIsDisabled() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(Client.class)
				.doesNotHaveBean(EtcdConnection.class)
				.doesNotHaveBean(EtcdProperties.class));
	}

	@Test
	void doesNothingWithoutJetcd() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(EtcdAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader(Client.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("etcdConnection"));
	}

	@Test
	void startsWithoutSslBundles() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(EtcdAutoConfiguration.class))
			.run((context) -> assertThat(context).hasSingleBean(Client.class));
	}

	@Test
	void backsOffIfTheApplicationDefinesAClient() {
		this.contextRunner.withUserConfiguration(OwnClient.class).run((context) -> {
			assertThat(context).hasSingleBean(Client.class).doesNotHaveBean(EtcdClientFactory.class);
			EtcdConnection connection = context.getBean(EtcdConnection.class);
			assertThat(connection.client()).isSameAs(context.getBean("ownClient"));
			assertThat(connection.explain(EtcdRequestException.timeout("no answer"))).hasToString("no answer");
			assertThat(this.customized.builder).isNull();
		});
	}

	@Test
	void connectionDetailsWinOverProperties() {
		this.contextRunner.withUserConfiguration(OwnDetails.class)
			.withPropertyValues("spring.cloud.etcd.endpoints=http://elsewhere:2379", "spring.cloud.etcd.username=bob",
					"spring.cloud.etcd.password=s3cret")
			.run((context) -> {
				assertThat(context).hasSingleBean(EtcdConnectionDetails.class);
				assertThat(this.customized.builder.target()).isEqualTo("ip:///container:2379");
				assertThat(this.customized.builder.user()).isNull();
			});
	}

	@Test
	void customizersAreAppliedLastAndInOrder() {
		this.contextRunner.withUserConfiguration(Customizers.class)
			.run((context) -> assertThat(this.customized.builder.maxInboundMessageSize()).isEqualTo(2));
	}

	@Test
	void closesTheClientWithTheContext() {
		this.contextRunner.run((context) -> {
			Client client = context.getBean(Client.class);
			context.close();
			CompletableFuture<?> answer = client.getKVClient().get(ByteSequence.from("key", StandardCharsets.UTF_8));
			assertThat(answer).failsWithin(Duration.ofSeconds(1))
				.withThrowableThat()
				.withRootCauseInstanceOf(RejectedExecutionException.class);
		});
	}

	@Test
	void startsImmediatelyIfEtcdIsUnreachable() {
		long before = System.nanoTime();
		this.contextRunner.withPropertyValues("spring.cloud.etcd.endpoints=http://192.0.2.1:2379")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
	}

	@Test
	void usesTlsForHttpsEndpoints() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.endpoints=https://etcd-1:2379")
			.run((context) -> assertThat(this.customized.builder.sslContext()).isNotNull());
	}

	@Test
	void usesTlsIfEnabled() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.target=dns:///etcd:2379", "spring.cloud.etcd.ssl.enabled=true")
			.run((context) -> assertThat(this.customized.builder.sslContext()).isNotNull());
	}

	@Test
	void bundleCanBeSwitchedOff() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.ssl.bundle=missing", "spring.cloud.etcd.ssl.enabled=false")
			.run((context) -> assertThat(this.customized.builder.sslContext()).isNull());
	}

	@Test
	void rejectsAnUnknownSslBundle() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.endpoints=https://etcd-1:2379",
					"spring.cloud.etcd.ssl.bundle=missing")
			.run((context) -> assertThat(context).getFailure().hasRootCauseInstanceOf(NoSuchSslBundleException.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.cloud.etcd.request-timeout=0s", "spring.cloud.etcd.connect-timeout=-1s",
			"spring.cloud.etcd.startup-timeout=0s", "spring.cloud.etcd.keepalive.time=0s",
			"spring.cloud.etcd.keepalive.timeout=0s", "spring.cloud.etcd.max-inbound-message-size=2GB",
			"spring.cloud.etcd.max-inbound-message-size=0B", "spring.cloud.etcd.username=alice",
			"spring.cloud.etcd.password=s3cret", "spring.cloud.etcd.target=carrier-pigeon:///etcd",
			"spring.cloud.etcd.ssl.enabled=true" })
	void rejectsInvalidValues(String property) {
		this.contextRunner.withPropertyValues(property)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageNotContaining("s3cret"));
	}

	@Test
	void rejectsHttpsEndpointsIfTlsIsDisabled() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.endpoints=https://etcd-1:2379",
					"spring.cloud.etcd.ssl.enabled=false")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("spring.cloud.etcd.ssl.enabled"));
	}

	@Order(1)
	static final class SeenBuilder implements EtcdClientBuilderCustomizer {

		private ClientBuilder builder;

		@Override
		public void customize(ClientBuilder builder) {
			this.builder = builder;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnClient {

		@Bean
		Client ownClient() {
			return Client.builder().endpoints("http://own:2379").build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnDetails {

		@Bean
		EtcdConnectionDetails ownDetails() {
			return () -> List.of("http://container:2379");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Customizers {

		@Bean
		@Order(3)
		EtcdClientBuilderCustomizer last() {
			return (builder) -> builder.maxInboundMessageSize(builder.maxInboundMessageSize() + 1);
		}

		@Bean
		@Order(2)
		EtcdClientBuilderCustomizer first() {
			return (builder) -> builder.maxInboundMessageSize(1);
		}

	}

}
