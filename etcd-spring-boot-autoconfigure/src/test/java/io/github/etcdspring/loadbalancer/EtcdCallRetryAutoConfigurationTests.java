package io.github.etcdspring.loadbalancer;

import io.github.etcdspring.fixture.ContextRunners;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClientsProperties;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerClientAutoConfiguration;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerExchangeFilterFunction;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;
import org.springframework.cloud.loadbalancer.config.BlockingLoadBalancerClientAutoConfiguration;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdCallRetryAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = ContextRunners
		.withoutEtcd(EtcdCallRetryAutoConfiguration.class)
		.withConfiguration(AutoConfigurations.of(LoadBalancerAutoConfiguration.class,
				BlockingLoadBalancerClientAutoConfiguration.class, ReactorLoadBalancerClientAutoConfiguration.class));

	@Test
	void retriesByDefault() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(CallRetry.class);
			assertThat(context.getBean(LoadBalancerClient.class)).isInstanceOf(RetryingLoadBalancerClient.class);
			assertThat(context.getBean(ReactorLoadBalancerExchangeFilterFunction.class))
				.isInstanceOf(RetryingExchangeFilterFunction.class);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.cloud.etcd.loadbalancer.retry.enabled=false",
			"resilience4j.retry.instances.orders.max-attempts=2", "resilience4j.retry.configs.default.max-attempts=2" })
	void leavesRetriesToOthers(String property) {
		this.contextRunner.withPropertyValues(property).run((context) -> {
			assertThat(context).doesNotHaveBean(CallRetry.class);
			assertThat(context.getBean(LoadBalancerClient.class)).isExactlyInstanceOf(BlockingLoadBalancerClient.class);
		});
	}

	@Test
	void retriesBesideResilience4jOnRequest() {
		this.contextRunner
			.withPropertyValues("resilience4j.retry.instances.orders.max-attempts=2",
					"spring.cloud.etcd.loadbalancer.retry.enabled=true")
			.run((context) -> assertThat(context).hasSingleBean(CallRetry.class));
	}

	@Test
	void backsOffWithoutSpringWeb() {
		this.contextRunner
			.withClassLoader(new FilteredClassLoader("org.springframework.http", "org.springframework.web"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("etcdCallRetry"));
	}

	@Test
	void retryOfTheLoadBalancerTakesPrecedenceForWebClients() {
		this.contextRunner.withPropertyValues("spring.cloud.loadbalancer.retry.enabled=true")
			.run((context) -> assertThat(context).doesNotHaveBean(RetryingExchangeFilterFunction.class));
	}

	@Test
	void loadBalancerClientOfTheApplicationTakesPrecedence() {
		this.contextRunner
			.withBean("own", BlockingLoadBalancerClient.class,
					() -> new BlockingLoadBalancerClient(
							new LoadBalancerClientFactory(new LoadBalancerClientsProperties())))
			.run((context) -> assertThat(context.getBean(LoadBalancerClient.class))
				.isExactlyInstanceOf(BlockingLoadBalancerClient.class));
	}

}
