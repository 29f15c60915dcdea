package io.github.etcdspring.grpc;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.grpc.Attributes;
import io.grpc.ClientStreamTracer;
import io.grpc.ClientStreamTracer.StreamInfo;
import io.grpc.ConnectivityState;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.ResolvedAddresses;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.Metadata;
import io.grpc.NameResolver.ConfigOrError;
import io.grpc.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

class ServiceLoadBalancerTests {

	private final TestChannel helper = new TestChannel();

	private final LoadBalancer balancer = new ServiceLoadBalancerProvider().newLoadBalancer(this.helper);

	@AfterEach
	void close() {
		this.helper.close();
	}

	@Test
	void usesRoundRobinInsideOutlierDetectionByDefault() {
		accept("10.0.0.1", "10.0.0.2");
		this.helper.subchannels().forEach((subchannel) -> subchannel.become(ConnectivityState.READY));
		assertThat(this.helper.subchannels()).hasSize(2);
		assertThat(this.helper.state()).isEqualTo(ConnectivityState.READY);
		assertThat(pick().getSubchannel()).isNotSameAs(pick().getSubchannel());
		assertThat(this.helper.timers()).hasSize(1);
	}

	@Test
	void shutdownCancelsTheTimerOfTheOutlierDetection() {
		accept("10.0.0.1");
		assertThat(this.helper.timers()).hasSize(1);
		run(this.balancer::shutdown);
		assertThat(this.helper.timers()).isEmpty();
		assertThat(this.helper.subchannels()).allMatch((subchannel) -> subchannel.isClosed());
	}

	@Test
	void callEndsAlthoughItsInstanceIsRemovedAfterTheChoice() {
		accept("10.0.0.1", "10.0.0.2");
		this.helper.subchannels().forEach((subchannel) -> subchannel.become(ConnectivityState.READY));
		SubchannelPicker before = this.helper.picker();
		accept("10.0.0.1");
		for (int i = 0; i < 2; i++) {
			ClientStreamTracer.Factory tracers = TestChannel.pick(before).getStreamTracerFactory();
			ClientStreamTracer tracer = tracers.newClientStreamTracer(StreamInfo.newBuilder().build(), new Metadata());
			assertThatNoException().isThrownBy(() -> tracer.streamClosed(Status.OK));
		}
	}

	@Test
	void listWithoutAddressesEndsTheConnections() {
		accept("10.0.0.1");
		this.helper.subchannels().get(0).become(ConnectivityState.READY);
		run(() -> this.balancer.acceptResolvedAddresses(ResolvedAddresses.newBuilder()
			.setAddresses(List.of())
			.setAttributes(Attributes.newBuilder().set(Resolution.PROBLEM, "all out of service").build())
			.build()));
		assertThat(this.helper.subchannels().get(0).isClosed()).isTrue();
		assertThat(pick().getStatus().getDescription()).isEqualTo("all out of service");
		accept("10.0.0.1");
		this.helper.subchannels().get(1).become(ConnectivityState.READY);
		assertThat(pick().getStatus().isOk()).isTrue();
	}

	@Test
	void errorKeepsTheConnectionsUntilTheLastOneEnds() {
		accept("10.0.0.1", "10.0.0.2");
		this.helper.subchannels().forEach((subchannel) -> subchannel.become(ConnectivityState.READY));
		run(() -> this.balancer.handleNameResolutionError(Status.UNAVAILABLE.withDescription("unknown")));
		this.helper.subchannels().get(0).become(ConnectivityState.IDLE);
		assertThat(pick().getStatus().isOk()).isTrue();
		assertThat(this.helper.subchannels().get(1).isClosed()).isFalse();
		this.helper.subchannels().get(1).become(ConnectivityState.IDLE);
		assertThat(pick().getStatus().getDescription()).isEqualTo("unknown");
		assertThat(this.helper.subchannels()).allMatch((subchannel) -> subchannel.isClosed());
		assertThat(this.helper.timers()).isEmpty();
	}

	@Test
	void errorWithoutAConnectionIsReportedAtOnce() {
		accept("10.0.0.1");
		run(() -> this.balancer.handleNameResolutionError(Status.UNAVAILABLE.withDescription("unknown")));
		assertThat(pick().getStatus().getDescription()).isEqualTo("unknown");
		assertThat(this.helper.subchannels().get(0).isClosed()).isTrue();
	}

	@Test
	void newAddressesAfterAnErrorAreKeptWhenAConnectionEnds() {
		accept("10.0.0.1");
		this.helper.subchannels().get(0).become(ConnectivityState.READY);
		run(() -> this.balancer.handleNameResolutionError(Status.UNAVAILABLE.withDescription("unknown")));
		accept("10.0.0.1", "10.0.0.2");
		this.helper.subchannels().get(0).become(ConnectivityState.IDLE);
		assertThat(this.helper.subchannels().get(0).isClosed()).isFalse();
		assertThat(this.helper.state()).isEqualTo(ConnectivityState.CONNECTING);
	}

	@Test
	void anotherChildPolicyCanBeConfigured() {
		ConfigOrError config = new ServiceLoadBalancerProvider()
			.parseLoadBalancingPolicyConfig(Map.of("childPolicy", List.of(Map.of("pick_first", Map.of()))));
		assertThat(config.getConfig()).isInstanceOf(ChildPolicy.class)
			.extracting((child) -> ((ChildPolicy) child).provider().getPolicyName())
			.isEqualTo("pick_first");
	}

	@Test
	void unknownChildPolicyIsAnError() {
		ServiceLoadBalancerProvider provider = new ServiceLoadBalancerProvider();
		for (Object children : List.of(List.of(Map.of("unknown", Map.of())), List.of(), "round_robin")) {
			assertThat(provider.parseLoadBalancingPolicyConfig(Map.of("childPolicy", children)).getError())
				.hasToString(provider.parseLoadBalancingPolicyConfig(Map.of("childPolicy", "")).getError().toString());
		}
	}

	private void accept(String... hosts) {
		List<EquivalentAddressGroup> addresses = new ArrayList<>();
		for (String host : hosts) {
			addresses.add(new EquivalentAddressGroup(new InetSocketAddress(host, 80)));
		}
		run(() -> assertThat(
				this.balancer.acceptResolvedAddresses(ResolvedAddresses.newBuilder().setAddresses(addresses).build()))
			.isEqualTo(Status.OK));
	}

	private PickResult pick() {
		return this.helper.pick();
	}

	private void run(Runnable task) {
		this.helper.execute(task);
	}

}
