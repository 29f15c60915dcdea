package io.github.etcdspring.grpc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.netty.NettyChannelBuilder;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.grpc.client.ClientInterceptorsConfigurer;
import org.springframework.grpc.client.NettyGrpcChannelFactory;
import org.springframework.grpc.server.NettyGrpcServerFactory;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for applications with servers and channels of Spring gRPC.
 */
class GrpcRollingRestartIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void rollingRestartUnderLoadFailsNoCall() throws Exception {
		List<ConfigurableApplicationContext> instances = new ArrayList<>(List.of(instance("a"), instance("b")));
		try (ConfigurableApplicationContext client = Applications.client(etcd, Client.class)) {
			ServiceCatalog catalog = client.getBean(ServiceCatalog.class);
			await().atMost(SOON).until(() -> catalog.getInstances("rolling").size() == 2);
			ManagedChannel channel = client.getBean(ManagedChannel.class);
			List<String> failures = new CopyOnWriteArrayList<>();
			whileCalling(channel, failures, (calls) -> {
				for (int i = 0; i < 2; i++) {
					instances.get(i).close();
					instances.set(i, instance("new-" + i));
					await().atMost(SOON).until(() -> catalog.getInstances("rolling").size() == 2);
				}
				int before = calls.get();
				await().atMost(SOON).until(() -> calls.get() > before + 10);
			});
			assertThat(failures).isEmpty();
		}
		finally {
			instances.forEach(ConfigurableApplicationContext::close);
		}
	}

	/** The calls end before their channel does. */
	private static void whileCalling(ManagedChannel channel, List<String> failures, Consumer<AtomicInteger> restart)
			throws InterruptedException {
		ExecutorService threads = Executors.newCachedThreadPool();
		AtomicInteger calls = new AtomicInteger();
		AtomicBoolean stopped = new AtomicBoolean();
		try {
			for (int i = 0; i < 3; i++) {
				threads.submit(() -> {
					while (!stopped.get()) {
						call(channel, failures);
						calls.incrementAndGet();
					}
				});
			}
			restart.accept(calls);
		}
		finally {
			stopped.set(true);
			threads.shutdown();
			assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		}
	}

	private static void call(ManagedChannel channel, List<String> failures) {
		try {
			EchoServer.call(channel);
		}
		catch (StatusRuntimeException ex) {
			failures.add(ex.toString());
		}
	}

	/** Uses the default drain, which other tests shorten. */
	private static ConfigurableApplicationContext instance(String id) {
		return Applications.servlet(etcd, "rolling", Server.class)
			.web(WebApplicationType.NONE)
			.properties("spring.cloud.etcd.discovery.drain=2s", "spring.cloud.etcd.discovery.instance-id=" + id)
			.run();
	}

	@Configuration(proxyBeanMethods = false)
	static class Server {

		@Bean
		GrpcServerLifecycle grpcServerLifecycle(ApplicationEventPublisher publisher, Environment environment) {
			String id = environment.getRequiredProperty("spring.cloud.etcd.discovery.instance-id");
			NettyGrpcServerFactory factory = new NettyGrpcServerFactory("127.0.0.1:0", List.of(), null, null,
					ClientAuth.NONE);
			factory.addService(EchoServer.service((request, answer) -> {
				answer.onNext(id);
				answer.onCompleted();
			}));
			return new GrpcServerLifecycle(factory, Duration.ofSeconds(5), publisher);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Client {

		@Bean
		NettyGrpcChannelFactory channelFactory(SpringGrpcChannelCustomizer<NettyChannelBuilder> customizer,
				ApplicationContext context) {
			NettyGrpcChannelFactory factory = new NettyGrpcChannelFactory(List.of(customizer),
					new ClientInterceptorsConfigurer(context));
			factory.setVirtualTargets((name) -> "etcd:///" + name);
			return factory;
		}

		@Bean
		ManagedChannel channel(NettyGrpcChannelFactory factory) {
			return factory.createChannel("rolling");
		}

	}

}
