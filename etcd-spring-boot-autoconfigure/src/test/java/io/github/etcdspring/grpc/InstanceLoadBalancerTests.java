package io.github.etcdspring.grpc;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

import io.grpc.Attributes;
import io.grpc.ConnectivityState;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.ResolvedAddresses;
import io.grpc.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class InstanceLoadBalancerTests {

	private static final InstanceSelection WEIGHTED = new InstanceSelection(null, true, Duration.ZERO);

	private static final InstanceSelection ZONE_A = new InstanceSelection("a", false, Duration.ZERO);

	private static final InstanceSelection SLOW_START = new InstanceSelection(null, false, Duration.ofSeconds(2));

	private final TestChannel channel = new TestChannel();

	private final AtomicLong clock = new AtomicLong();

	private double random;

	private final LoadBalancer balancer = new InstanceLoadBalancer(this.channel, this.clock::get, () -> this.random);

	@AfterEach
	void close() {
		run(this.balancer::shutdown);
		assertThat(this.channel.subchannels()).allMatch(TestChannel.TestSubchannel::isClosed);
		this.channel.close();
	}

	@Test
	void callsGoRoundTheInstances() {
		accept(InstanceSelection.ROUND_ROBIN, instance("one"), instance("two"), instance("three"));
		connectAll();
		assertThat(calls(9)).isEqualTo(Map.of("one", 3, "two", 3, "three", 3));
	}

	@Test
	void sharesAreThoseOfTheWeights() {
		accept(WEIGHTED, instance("one", 1), instance("two", 2), instance("three", 3));
		connectAll();
		assertThat(calls(6)).isEqualTo(Map.of("one", 1, "two", 2, "three", 3));
		assertThat(calls(60)).isEqualTo(Map.of("one", 10, "two", 20, "three", 30));
	}

	@Test
	void changedWeightTakesEffectWithoutANewConnection() {
		accept(WEIGHTED, instance("one", 1), instance("two", 1));
		connectAll();
		accept(WEIGHTED, instance("one", 1), instance("two", 4));
		assertThat(calls(10)).isEqualTo(Map.of("one", 2, "two", 8));
		assertThat(this.channel.subchannels()).hasSize(2);
	}

	@Test
	void weightsHaveNoEffectUnlessSelected() {
		accept(InstanceSelection.ROUND_ROBIN, instance("one", 1), instance("two", 3));
		connectAll();
		assertThat(calls(8)).isEqualTo(Map.of("one", 4, "two", 4));
	}

	@Test
	void connectedInstancesOfTheZoneArePreferred() {
		accept(ZONE_A, instance("one", "a"), instance("two", "b"), instance("three"));
		subchannel("two").become(ConnectivityState.READY);
		subchannel("three").become(ConnectivityState.READY);
		assertThat(calls(4)).isEqualTo(Map.of("two", 2, "three", 2));
		subchannel("one").become(ConnectivityState.READY);
		assertThat(calls(4)).isEqualTo(Map.of("one", 4));
		subchannel("one").become(ConnectivityState.IDLE);
		assertThat(calls(4)).isEqualTo(Map.of("two", 2, "three", 2));
	}

	@Test
	void shareOfANewInstanceGrows() {
		accept(SLOW_START, instance("one"));
		accept(SLOW_START, instance("one"), instance("two"));
		connectAll();
		this.random = 0.5;
		this.clock.set(Duration.ofMillis(900).toNanos());
		assertThat(calls(4)).isEqualTo(Map.of("one", 4));
		this.clock.set(Duration.ofMillis(1100).toNanos());
		assertThat(calls(4)).isEqualTo(Map.of("one", 2, "two", 2));
		this.random = 0.9;
		assertThat(calls(4)).isEqualTo(Map.of("one", 4));
		this.clock.set(Duration.ofSeconds(2).toNanos());
		assertThat(calls(4)).isEqualTo(Map.of("one", 2, "two", 2));
	}

	@Test
	void newInstancesGetAllCallsIfNoOtherIsConnected() {
		this.random = 0.9;
		accept(SLOW_START, instance("one"));
		accept(SLOW_START, instance("one"), instance("two"), instance("three"));
		subchannel("two").become(ConnectivityState.READY);
		subchannel("three").become(ConnectivityState.READY);
		assertThat(calls(4)).isEqualTo(Map.of("two", 2, "three", 2));
	}

	@Test
	void instancesOfTheFirstListAreNotNew() {
		this.random = 0.9;
		accept(SLOW_START, instance("one"), instance("two"));
		connectAll();
		assertThat(calls(4)).isEqualTo(Map.of("one", 2, "two", 2));
	}

	@Test
	void removedInstanceGetsNoCall() {
		accept(InstanceSelection.ROUND_ROBIN, instance("one"), instance("two"));
		connectAll();
		accept(InstanceSelection.ROUND_ROBIN, instance("two"));
		assertThat(calls(2)).isEqualTo(Map.of("two", 2));
		assertThat(subchannel("one").isClosed()).isTrue();
	}

	@Test
	void callsWaitWhileAnInstanceIsConnectingAndFailOnlyIfNoneCanBeReached() {
		accept(InstanceSelection.ROUND_ROBIN, instance("one"), instance("two"));
		subchannel("one").fail(Status.UNAVAILABLE.withDescription("refused"));
		assertThat(this.channel.state()).isEqualTo(ConnectivityState.CONNECTING);
		assertThat(this.channel.pick().hasResult()).isFalse();
		subchannel("two").fail(Status.UNAVAILABLE.withDescription("refused"));
		assertThat(this.channel.state()).isEqualTo(ConnectivityState.TRANSIENT_FAILURE);
		assertThat(this.channel.pick().getStatus().getDescription()).isEqualTo("refused");
		subchannel("two").become(ConnectivityState.READY);
		assertThat(calls(2)).isEqualTo(Map.of("two", 2));
	}

	@Test
	void listWithoutAddressesIsAnError() {
		run(() -> assertThat(
				this.balancer.acceptResolvedAddresses(ResolvedAddresses.newBuilder().setAddresses(List.of()).build())
					.isOk())
			.isFalse());
		assertThat(this.channel.state()).isEqualTo(ConnectivityState.TRANSIENT_FAILURE);
	}

	@Test
	void configurationIsReadAsItIsWritten() {
		for (InstanceSelection selection : List.of(WEIGHTED, ZONE_A, SLOW_START,
				new InstanceSelection(null, false, Duration.ofMillis(1500)))) {
			Map<?, ?> config = (Map<?, ?>) selection.toPolicy().get("etcd_round_robin");
			assertThat(parse(config)).isEqualTo(selection);
		}
		assertThat(parse(Map.of())).isEqualTo(InstanceSelection.ROUND_ROBIN);
	}

	@Test
	void invalidConfigurationIsAnError() {
		for (Map<String, ?> config : List.of(Map.of("zone", 1.0), Map.of("slowStart", "soon"),
				Map.of("slowStart", 2.0))) {
			assertThat(InstanceSelection.parse(config).getError().getDescription()).contains("etcd_round_robin");
		}
	}

	@SuppressWarnings("unchecked")
	private static Object parse(Map<?, ?> config) {
		return InstanceSelection.parse((Map<String, ?>) config).getConfig();
	}

	private void accept(InstanceSelection selection, EquivalentAddressGroup... instances) {
		run(() -> assertThat(this.balancer.acceptResolvedAddresses(ResolvedAddresses.newBuilder()
			.setAddresses(Arrays.asList(instances))
			.setLoadBalancingPolicyConfig(selection)
			.build())).isEqualTo(Status.OK));
	}

	private void run(Runnable task) {
		this.channel.execute(task);
	}

	private void connectAll() {
		List.copyOf(this.channel.subchannels()).forEach((subchannel) -> subchannel.become(ConnectivityState.READY));
	}

	private TestChannel.TestSubchannel subchannel(String host) {
		return this.channel.subchannels()
			.stream()
			.filter((subchannel) -> host(subchannel.getAllAddresses()).equals(host))
			.findFirst()
			.orElseThrow();
	}

	/** Returns the number of calls by host. */
	private Map<String, Integer> calls(int count) {
		Map<String, Integer> calls = new TreeMap<>();
		for (int i = 0; i < count; i++) {
			calls.merge(host(this.channel.pick().getSubchannel().getAllAddresses()), 1, Integer::sum);
		}
		return calls;
	}

	private static String host(List<EquivalentAddressGroup> addresses) {
		return ((InetSocketAddress) addresses.get(0).getAddresses().get(0)).getHostString();
	}

	private static EquivalentAddressGroup instance(String host) {
		return instance(host, Attributes.EMPTY);
	}

	private static EquivalentAddressGroup instance(String host, int weight) {
		return instance(host, Attributes.newBuilder().set(EtcdAddressAttributes.WEIGHT, weight).build());
	}

	private static EquivalentAddressGroup instance(String host, String zone) {
		return instance(host, Attributes.newBuilder().set(EtcdAddressAttributes.ZONE, zone).build());
	}

	private static EquivalentAddressGroup instance(String host, Attributes attributes) {
		return new EquivalentAddressGroup(InetSocketAddress.createUnresolved(host, 80), attributes);
	}

}
