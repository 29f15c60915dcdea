package io.github.etcdspring.grpc;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.RemainingThreads;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for gRPC channels by service name, with real servers.
 */
class GrpcCallsIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final Duration AFTER_OUTAGE = Duration.ofSeconds(20);

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	@Test
	void firstCallReachesAnInstance() {
		put("one", server("one"));
		client();
		assertThat(EchoServer.call(channel("etcd:///orders"))).isEqualTo("one");
		assertThat(EchoServer.call(channel("discovery:///orders"))).isEqualTo("one");
	}

	@Test
	void callsGoRoundTheInstancesAndFollowTheirChanges() {
		put("one", server("one"));
		client();
		ManagedChannel channel = channel("etcd:///orders");
		assertThat(EchoServer.call(channel)).isEqualTo("one");
		put("two", server("two"));
		await().atMost(SOON).until(() -> EchoServer.answers(channel).equals(Set.of("one", "two")));
		etcd.etcdctl("del", "/services/orders/one");
		await().atMost(SOON).until(() -> EchoServer.answers(channel).equals(Set.of("two")));
	}

	@Test
	void instanceThatIsOutOfServiceGetsNoCall() {
		put("one", server("one"));
		EchoServer two = server("two");
		put("two", two);
		client();
		ManagedChannel channel = channel("etcd:///orders");
		await().atMost(SOON).until(() -> EchoServer.answers(channel).equals(Set.of("one", "two")));
		etcd.etcdctl("put", "/services/orders/two", value(two, "OUT_OF_SERVICE"));
		await().atMost(SOON).until(() -> EchoServer.answers(channel).equals(Set.of("one")));
		put("two", two);
		await().atMost(SOON).until(() -> EchoServer.answers(channel).equals(Set.of("one", "two")));
	}

	@Test
	void overrideOfTheOnlyInstanceEndsItsCallsUntilItIsCleared() {
		put("one", server("one"));
		client();
		ManagedChannel channel = channel("etcd:///orders");
		assertThat(EchoServer.call(channel)).isEqualTo("one");
		override("one", "\"outOfService\":true");
		await().atMost(SOON).untilAsserted(() -> assertThatUnavailable(channel).contains("orders", "UP", "override"));
		etcd.etcdctl("del", "/overrides/orders/one");
		await().atMost(SOON)
			.ignoreException(StatusRuntimeException.class)
			.until(() -> EchoServer.answers(channel), Set.of("one")::equals);
	}

	@Test
	void weightOfAnOverrideIsTheShareOfTheCalls() {
		put("one", server("one"));
		put("two", server("two"));
		client("spring.cloud.loadbalancer.configurations=weighted");
		ManagedChannel channel = channel("etcd:///orders");
		await().atMost(SOON).until(() -> shares(channel).equals(Map.of("one", 10L, "two", 10L)));
		override("two", "\"weight\":4");
		await().atMost(SOON).until(() -> shares(channel).equals(Map.of("one", 4L, "two", 16L)));
	}

	@Test
	void otherZonesAreCalledOnlyWithoutAnInstanceOfTheOwnZone() {
		put("one", server("one"), "a");
		put("two", server("two"), "b");
		client("spring.cloud.loadbalancer.configurations=zone-preference", "spring.cloud.loadbalancer.zone=b");
		ManagedChannel channel = channel("etcd:///orders");
		await().atMost(SOON).until(() -> EchoServer.answers(channel).equals(Set.of("two")));
		override("two", "\"outOfService\":true");
		await().atMost(SOON).until(() -> EchoServer.answers(channel).equals(Set.of("one")));
	}

	@Test
	void killedServerCostsAtMostTheCallOnTheWire() {
		EchoServer one = server("one");
		put("one", one);
		put("two", server("two"));
		client();
		ManagedChannel channel = channel("etcd:///orders");
		await().atMost(SOON).until(() -> EchoServer.answers(channel).equals(Set.of("one", "two")));
		one.kill();
		int failed = 0;
		for (int i = 0; i < 200; i++) {
			try {
				assertThat(EchoServer.call(channel)).isIn("one", "two");
			}
			catch (StatusRuntimeException ex) {
				// the server in this JVM resets the call that it is processing
				assertThat(ex.getStatus().getCode()).isIn(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
				failed++;
			}
		}
		assertThat(failed).isLessThanOrEqualTo(1);
		assertThat(EchoServer.answers(channel)).containsExactly("two");
	}

	@Test
	void serverThatFailsItsCallsIsEjected() {
		EchoServer one = server("one");
		put("one", one);
		put("two", server("two"));
		client();
		ManagedChannel channel = channel("etcd:///orders");
		await().atMost(SOON).until(() -> EchoServer.answers(channel).equals(Set.of("one", "two")));
		one.answersWith(Status.INTERNAL);
		await().atMost(Duration.ofSeconds(40)).ignoreException(StatusRuntimeException.class).until(() -> {
			for (int i = 0; i < 50; i++) {
				tryCall(channel);
			}
			int before = one.calls();
			for (int i = 0; i < 10; i++) {
				EchoServer.call(channel);
			}
			return one.calls() == before;
		});
	}

	@Test
	void outageOfEtcdKeepsTheCalls() {
		EtcdServer other = this.opened.etcd();
		EchoServer one = server("one");
		other.etcdctl("put", "/services/orders/one", value(one, "UP"));
		ConfigurableApplicationContext client = this.opened.add(Applications.client(other));
		ManagedChannel channel = channel("etcd:///orders");
		assertThat(EchoServer.call(channel)).isEqualTo("one");
		other.kill();
		ServiceCatalog catalog = client.getBean(ServiceCatalog.class);
		await().atMost(AFTER_OUTAGE).until(() -> !catalog.status().synced());
		assertThat(EchoServer.answers(channel)).containsExactly("one");
		assertThat(EchoServer.answers(channel("etcd:///orders"))).containsExactly("one");
		other.restart();
		other.etcdctl("put", "/services/orders/two", value(server("two"), "UP"));
		await().atMost(AFTER_OUTAGE).until(() -> EchoServer.answers(channel).equals(Set.of("one", "two")));
	}

	@Test
	void unknownServiceIsUnavailableUntilItIsRegistered() {
		client();
		ManagedChannel channel = channel("etcd:///orders");
		assertThatUnavailable(channel).contains("'orders'", "spring.application.name");
		CompletableFuture<String> waiting = CompletableFuture
			.supplyAsync(() -> EchoServer.call(channel, CallOptions.DEFAULT.withWaitForReady()));
		put("one", server("one"));
		assertThat(waiting).succeedsWithin(SOON).isEqualTo("one");
		assertThat(EchoServer.call(channel)).isEqualTo("one");
	}

	@Test
	void lastInstanceWithoutAKeyIsCalledUntilItsConnectionEnds() {
		EchoServer one = server("one");
		put("one", one);
		ServiceCatalog catalog = client().getBean(ServiceCatalog.class);
		ManagedChannel channel = channel("etcd:///orders");
		assertThat(EchoServer.call(channel)).isEqualTo("one");
		etcd.etcdctl("del", "/services/orders/one");
		await().atMost(SOON).until(() -> catalog.getInstances("orders").isEmpty());
		for (int i = 0; i < 20; i++) {
			assertThat(EchoServer.call(channel)).isEqualTo("one");
		}
		one.close();
		await().atMost(SOON).untilAsserted(() -> assertThatUnavailable(channel).contains("'orders'", "is registered"));
		put("two", server("two"));
		await().atMost(SOON)
			.ignoreException(StatusRuntimeException.class)
			.until(() -> EchoServer.answers(channel), Set.of("two")::equals);
	}

	@Test
	void applicationWithoutEtcdIsUnavailableUntilEtcdAnswers() {
		EtcdServer other = this.opened.etcd();
		other.kill();
		this.opened.add(Applications.plain(other, "client")
			.properties("spring.cloud.etcd.discovery.register=false", "spring.cloud.etcd.request-timeout=500ms")
			.run());
		ManagedChannel channel = channel("etcd:///orders");
		assertThatUnavailable(channel).contains("'orders'", "not known", "etcd");
		other.restart();
		other.etcdctl("put", "/services/orders/one", value(server("one"), "UP"));
		await().atMost(AFTER_OUTAGE)
			.ignoreException(StatusRuntimeException.class)
			.until(() -> EchoServer.answers(channel), Set.of("one")::equals);
	}

	@Test
	void serviceConfigOfTheChannelCanReplaceThatOfTheResolver() {
		put("one", server("one"));
		put("two", server("two"));
		client();
		ManagedChannel first = channel("etcd:///orders", ManagedChannelBuilder::disableServiceConfigLookUp);
		assertThat(EchoServer.answers(first)).hasSize(1);
		ManagedChannel all = channel("etcd:///orders",
				(builder) -> builder.disableServiceConfigLookUp().defaultLoadBalancingPolicy("etcd_service"));
		await().atMost(SOON).until(() -> EchoServer.answers(all).equals(Set.of("one", "two")));
	}

	@Test
	void propertyLeavesThePolicyToTheChannel() {
		put("one", server("one"));
		put("two", server("two"));
		this.opened.add(Applications.plain(etcd, "client")
			.properties("spring.cloud.etcd.discovery.register=false",
					"spring.cloud.etcd.grpc.client.load-balancing=channel")
			.run());
		assertThat(EchoServer.answers(channel("etcd:///orders"))).hasSize(1);
	}

	@Test
	void eachChannelUsesItsApplicationContext() {
		EtcdServer other = this.opened.etcd();
		put("one", server("one"));
		other.etcdctl("put", "/services/orders/two", value(server("two"), "UP"));
		ConfigurableApplicationContext first = client();
		ConfigurableApplicationContext second = this.opened.add(Applications.client(other));
		assertThat(EchoServer.call(channel("etcd:///orders", first.getBean(EtcdChannelCustomizer.class)::customize)))
			.isEqualTo("one");
		assertThat(EchoServer.call(channel("etcd:///orders", second.getBean(EtcdChannelCustomizer.class)::customize)))
			.isEqualTo("two");
		assertThat(EchoServer.call(channel("etcd:///orders"))).isEqualTo("two");
		second.close();
		assertThat(EchoServer.call(channel("etcd:///orders"))).isEqualTo("one");
	}

	@Test
	void channelThatIsOlderThanTheApplicationContextIsResolvedOnceItIsOpen() {
		put("one", server("one"));
		ManagedChannel channel = channel("etcd:///orders");
		assertThatUnavailable(channel).contains("'orders'", "application context");
		client();
		await().atMost(SOON)
			.ignoreException(StatusRuntimeException.class)
			.until(() -> EchoServer.answers(channel), Set.of("one")::equals);
	}

	@Test
	void closedChannelIgnoresChangesAndLeavesNoThread() throws Exception {
		EchoServer server = server("one");
		put("one", server);
		Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
		ConfigurableApplicationContext client = client();
		ContextServices services = client.getBean(ContextServices.class);
		ThreadPoolExecutor executor = new ThreadPoolExecutor(2, 2, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
		ManagedChannel channel = channel("etcd:///orders",
				(builder) -> builder.executor(executor).offloadExecutor(executor));
		assertThat(EchoServer.call(channel)).isEqualTo("one");
		channel.shutdown();
		assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
		await().atMost(SOON).until(() -> executor.getActiveCount() == 0);
		long tasks = executor.getTaskCount();
		put("two", server);
		await().atMost(SOON).until(() -> services.catalog().getInstances("orders").size() == 2);
		assertThat(executor.getTaskCount()).isEqualTo(tasks);
		executor.shutdown();
		client.close();
		server.close();
		assertThat(ContextServices.latest()).isNotSameAs(services);
		await().atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(RemainingThreads.since(before)).isEmpty());
	}

	private static void tryCall(ManagedChannel channel) {
		try {
			EchoServer.call(channel);
		}
		catch (StatusRuntimeException ex) {
			assertThat(ex.getStatus().getCode()).isIn(Status.Code.INTERNAL, Status.Code.UNAVAILABLE);
		}
	}

	private static AbstractStringAssert<?> assertThatUnavailable(ManagedChannel channel) {
		StatusRuntimeException failure = assertThatExceptionOfType(StatusRuntimeException.class)
			.isThrownBy(() -> EchoServer.call(channel))
			.actual();
		assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
		return assertThat(failure.getStatus().getDescription());
	}

	/** Returns the number of calls that each server answers. */
	private static Map<String, Long> shares(ManagedChannel channel) {
		return Stream.generate(() -> EchoServer.call(channel))
			.limit(20)
			.collect(Collectors.groupingBy((name) -> name, Collectors.counting()));
	}

	private ConfigurableApplicationContext client() {
		return this.opened.add(Applications.client(etcd));
	}

	private void client(String... properties) {
		this.opened.add(Applications.plain(etcd, "client")
			.properties("spring.cloud.etcd.discovery.register=false")
			.properties(properties)
			.run());
	}

	private EchoServer server(String name) {
		return this.opened.add(EchoServer.start(name));
	}

	private static void put(String id, EchoServer server) {
		etcd.etcdctl("put", "/services/orders/" + id, value(server, "UP"));
	}

	private static void put(String id, EchoServer server, String zone) {
		etcd.etcdctl("put", "/services/orders/" + id,
				value(server, "UP").replace("{\"gRPC_port", "{\"zone\":\"" + zone + "\",\"gRPC_port"));
	}

	private static void override(String id, String effect) {
		etcd.etcdctl("put", "/overrides/orders/" + id, "{\"owner\":\"jane\",\"reason\":\"leak\",\"until\":\""
				+ Instant.now().plusSeconds(600) + "\"," + effect + "}");
	}

	private static String value(EchoServer server, String status) {
		return "{\"host\":\"127.0.0.1\",\"port\":1,\"status\":\"" + status + "\",\"metadata\":{\"gRPC_port\":\""
				+ server.port() + "\"}}";
	}

	private ManagedChannel channel(String target) {
		return channel(target, (builder) -> {
		});
	}

	private ManagedChannel channel(String target, Consumer<ManagedChannelBuilder<?>> customizer) {
		ManagedChannelBuilder<?> builder = ManagedChannelBuilder.forTarget(target).usePlaintext();
		customizer.accept(builder);
		ManagedChannel channel = builder.build();
		this.opened.add(channel::shutdownNow);
		return channel;
	}

}
