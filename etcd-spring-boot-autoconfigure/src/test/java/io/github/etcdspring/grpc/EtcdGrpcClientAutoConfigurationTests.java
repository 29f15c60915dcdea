package io.github.etcdspring.grpc;

import java.time.Duration;

import io.github.etcdspring.fixture.ContextRunners;
import io.github.etcdspring.loadbalancer.EtcdLoadBalancerProperties;
import io.grpc.ManagedChannelBuilder;
import io.grpc.util.ForwardingLoadBalancerHelper;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.mockito.Mockito;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.grpc.client.GrpcChannelBuilderCustomizer;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdGrpcClientAutoConfigurationTests {

	private static final Duration SLOW_START = new Binder()
		.bindOrCreate("spring.cloud.etcd.loadbalancer", EtcdLoadBalancerProperties.class)
		.slowStart()
		.duration();

	private static final InstanceSelection DEFAULT = new InstanceSelection(null, false, SLOW_START);

	private final ApplicationContextRunner contextRunner = ContextRunners
		.withoutEtcd(EtcdGrpcClientAutoConfiguration.class);

	@Test
	void servicesAreOpenAsLongAsTheApplicationContext() {
		ContextServices[] opened = new ContextServices[1];
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(EtcdChannelCustomizer.class)
				.hasSingleBean(GrpcChannelBuilderCustomizer.class);
			opened[0] = ContextServices.latest();
			assertThat(opened[0]).isSameAs(context.getBean(ContextServices.class));
		});
		assertThat(ContextServices.latest()).isNotSameAs(opened[0]);
	}

	@Test
	void servicesAreOpenWithLazyInitialization() {
		this.contextRunner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> assertThat(ContextServices.latest()).isSameAs(context.getBean(ContextServices.class)));
	}

	@Test
	void outlierDetectionIsTheDefault() {
		this.contextRunner.run((context) -> assertThat(context.getBean(ContextServices.class).serviceConfig("orders"))
			.isEqualTo(ChildPolicy.serviceConfig(true, DEFAULT)));
	}

	@Test
	void loadBalancingCanBeChosen() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.grpc.client.load-balancing=round-robin")
			.run((context) -> assertThat(context.getBean(ContextServices.class).serviceConfig("orders"))
				.isEqualTo(ChildPolicy.serviceConfig(false, DEFAULT)));
		this.contextRunner.withPropertyValues("spring.cloud.etcd.grpc.client.load-balancing=channel")
			.run((context) -> assertThat(context.getBean(ContextServices.class).serviceConfig("orders")).isNull());
	}

	@Test
	void zonePreferenceIsThatOfTheLoadBalancer() {
		this.contextRunner
			.withPropertyValues("spring.cloud.loadbalancer.configurations=zone-preference",
					"spring.cloud.etcd.discovery.instance-zone=a")
			.run((context) -> assertThat(selects(context, new InstanceSelection("a", false, SLOW_START))).isTrue());
		this.contextRunner
			.withPropertyValues("spring.cloud.loadbalancer.configurations=zone-preference",
					"spring.cloud.loadbalancer.zone=b", "spring.cloud.etcd.discovery.instance-zone=a")
			.run((context) -> assertThat(selects(context, new InstanceSelection("b", false, SLOW_START))).isTrue());
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.instance-zone=a")
			.run((context) -> assertThat(selects(context, DEFAULT)).isTrue());
	}

	@Test
	void weightsAreThoseOfTheLoadBalancerOfTheService() {
		this.contextRunner.withPropertyValues("spring.cloud.loadbalancer.clients.orders.configurations=weighted")
			.run((context) -> {
				assertThat(selects(context, new InstanceSelection(null, true, SLOW_START))).isTrue();
				assertThat(context.getBean(ContextServices.class).serviceConfig("stock"))
					.isEqualTo(ChildPolicy.serviceConfig(true, DEFAULT));
			});
	}

	@Test
	void slowStartIsThatOfTheLoadBalancer() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.loadbalancer.slow-start.duration=0s")
			.run((context) -> assertThat(selects(context, InstanceSelection.ROUND_ROBIN)).isTrue());
	}

	private static boolean selects(ApplicationContext context, InstanceSelection selection) {
		return ChildPolicy.serviceConfig(true, selection)
			.equals(context.getBean(ContextServices.class).serviceConfig("orders"));
	}

	@Test
	void channelWithAServiceConfigOfItsOwnKeepsIt() {
		this.contextRunner
			.withPropertyValues("spring.grpc.client.channel.orders.health.enabled=true",
					"spring.grpc.client.channel.stock.service-config.retrythrottling.maxtokens=3",
					"spring.grpc.client.channel.users.target=etcd:///users")
			.run((context) -> {
				ContextServices services = context.getBean(ContextServices.class);
				assertThat(services(context, "users")).isSameAs(services);
				assertThat(services(context, "other")).isSameAs(services);
				assertThat(services(context, "orders").serviceConfig("orders")).isNull();
				assertThat(services(context, "orders").catalog()).isSameAs(services.catalog());
				assertThat(services(context, "stock").serviceConfig("orders")).isNull();
			});
		this.contextRunner.withPropertyValues("spring.grpc.client.channel.default.health.enabled=true")
			.run((context) -> assertThat(services(context, "other").serviceConfig("orders")).isNull());
	}

	@Test
	void channelOfSpringGrpcOneWithAServiceConfigOfItsOwnKeepsIt() {
		this.contextRunner
			.withPropertyValues("spring.grpc.client.channels.orders.health.enabled=true",
					"spring.grpc.client.channels.users.address=etcd:///users")
			.run((context) -> {
				assertThat(services(context, "users").serviceConfig("orders")).isNotNull();
				assertThat(services(context, "orders").serviceConfig("orders")).isNull();
			});
		this.contextRunner.withPropertyValues("spring.grpc.client.default-channel.health.enabled=true")
			.run((context) -> assertThat(services(context, "other").serviceConfig("orders")).isNull());
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	private static ContextServices services(ApplicationContext context, String channel) {
		ManagedChannelBuilder builder = Mockito.mock(ManagedChannelBuilder.class);
		context.getBean(SpringGrpcChannelCustomizer.class).customize(channel, builder);
		ArgumentCaptor<ContextServices> services = ArgumentCaptor.forClass(ContextServices.class);
		Mockito.verify(builder).setNameResolverArg(Mockito.same(ContextServices.ARGUMENT), services.capture());
		return services.getValue();
	}

	@Test
	void canBeDisabled() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.grpc.client.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(ContextServices.class)
				.doesNotHaveBean(GrpcChannelBuilderCustomizer.class));
	}

	@Test
	void backsOffWithoutDiscovery() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ContextServices.class));
	}

	@Test
	void worksWithoutSpringGrpc() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(GrpcChannelBuilderCustomizer.class))
			.run((context) -> assertThat(context).hasSingleBean(EtcdChannelCustomizer.class)
				.doesNotHaveBean("etcdSpringGrpcChannelCustomizer"));
	}

	@Test
	void backsOffWithoutGrpc() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(ForwardingLoadBalancerHelper.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("etcdGrpcContextServices"));
	}

}
