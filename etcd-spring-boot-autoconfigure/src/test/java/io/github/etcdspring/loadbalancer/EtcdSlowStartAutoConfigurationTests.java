package io.github.etcdspring.loadbalancer;

import io.github.etcdspring.fixture.ContextRunners;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdSlowStartAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = ContextRunners
		.withoutEtcd(EtcdSlowStartAutoConfiguration.class, EtcdOutlierEjectionAutoConfiguration.class)
		.withConfiguration(AutoConfigurations.of(LoadBalancerAutoConfiguration.class));

	@Test
	void decoratesTheSupplierOfTheLoadBalancer() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(SlowStart.class);
			assertThat(supplier(context.getBean(LoadBalancerClientFactory.class)))
				.isInstanceOf(SlowStartInstanceListSupplier.class);
		});
	}

	@Test
	void worksWithoutEjection() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.loadbalancer.ejection.enabled=false")
			.run((context) -> assertThat(supplier(context.getBean(LoadBalancerClientFactory.class)))
				.isInstanceOf(SlowStartInstanceListSupplier.class));
	}

	@Test
	void durationOfZeroDisablesIt() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.loadbalancer.slow-start.duration=0").run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean(SlowStart.class);
			assertThat(supplier(context.getBean(LoadBalancerClientFactory.class)))
				.isNotInstanceOf(SlowStartInstanceListSupplier.class);
		});
	}

	@Test
	void backsOffWithoutDiscovery() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SlowStart.class));
	}

	@Test
	void backsOffWithoutLoadBalancerOnTheClassPath() {
		ContextRunners.withoutEtcd(EtcdSlowStartAutoConfiguration.class)
			.withClassLoader(new FilteredClassLoader(LoadBalancerClients.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("etcdSlowStart"));
	}

	private static ServiceInstanceListSupplier supplier(LoadBalancerClientFactory factory) {
		return factory.getProvider("orders", ServiceInstanceListSupplier.class).getObject();
	}

}
