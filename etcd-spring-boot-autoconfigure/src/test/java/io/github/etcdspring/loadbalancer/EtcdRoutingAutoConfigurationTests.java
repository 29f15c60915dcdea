package io.github.etcdspring.loadbalancer;

import io.github.etcdspring.fixture.ContextRunners;
import io.github.etcdspring.refresh.EtcdLivePropertiesAutoConfiguration;
import io.micrometer.tracing.Tracer;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.loadbalancer.core.DelegatingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdRoutingAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = ContextRunners
		.withoutEtcd(EtcdRoutingAutoConfiguration.class, EtcdOutlierEjectionAutoConfiguration.class,
				EtcdSlowStartAutoConfiguration.class, EtcdLivePropertiesAutoConfiguration.class)
		.withConfiguration(AutoConfigurations.of(LoadBalancerAutoConfiguration.class));

	@Test
	void routesBelowSlowStart() {
		this.contextRunner.run((context) -> {
			ServiceInstanceListSupplier supplier = context.getBean(LoadBalancerClientFactory.class)
				.getProvider("orders", ServiceInstanceListSupplier.class)
				.getObject();
			assertThat(supplier).isInstanceOf(SlowStartInstanceListSupplier.class);
			assertThat(((DelegatingServiceInstanceListSupplier) supplier).getDelegate())
				.isInstanceOf(RoutingInstanceListSupplier.class);
		});
	}

	@Test
	void worksWithoutEjectionAndSlowStart() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.loadbalancer.ejection.enabled=false",
					"spring.cloud.etcd.loadbalancer.slow-start.duration=0")
			.run((context) -> assertThat(context.getBean(LoadBalancerClientFactory.class)
				.getProvider("orders", ServiceInstanceListSupplier.class)
				.getObject()).isInstanceOf(RoutingInstanceListSupplier.class));
	}

	@Test
	void worksWithoutTracing() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(Tracer.class))
			.run((context) -> assertThat(context).hasSingleBean(CallRouting.class)
				.doesNotHaveBean(CurrentBaggage.class));
	}

	@Test
	void invalidRuleFailsTheStart() {
		this.contextRunner
			.withPropertyValues("spring.cloud.etcd.loadbalancer.routing.services.orders.rules[0].to=unknown")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("must be a subset of the service"));
	}

	@Test
	void backsOffWithoutDiscovery() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(CallRouting.class));
	}

	@Test
	void backsOffWithoutLoadBalancerOnTheClassPath() {
		ContextRunners.withoutEtcd(EtcdRoutingAutoConfiguration.class)
			.withClassLoader(new FilteredClassLoader(LoadBalancerClients.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("etcdCallRouting"));
	}

}
