package io.github.etcdspring.grpc;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

import io.grpc.Attributes;
import io.grpc.ChannelLogger;
import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.CreateSubchannelArgs;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.ResolvedAddresses;
import io.grpc.LoadBalancer.Subchannel;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.LoadBalancer.SubchannelStateListener;
import io.grpc.ManagedChannel;
import io.grpc.NameResolver.ConfigOrError;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

import static org.assertj.core.api.Assertions.assertThat;

class ServiceLoadBalancerTests {

	private final TestHelper helper = new TestHelper();

	private final LoadBalancer balancer = new ServiceLoadBalancerProvider().newLoadBalancer(this.helper);

	@AfterEach
	void close() {
		this.helper.timers.shutdownNow();
	}

	@Test
	void usesRoundRobinInsideOutlierDetectionByDefault() {
		accept("10.0.0.1", "10.0.0.2");
		this.helper.subchannels.forEach((subchannel) -> subchannel.become(ConnectivityState.READY));
		assertThat(this.helper.subchannels).hasSize(2);
		assertThat(this.helper.state).isEqualTo(ConnectivityState.READY);
		assertThat(pick().getSubchannel()).isNotSameAs(pick().getSubchannel());
		assertThat(this.helper.timers.getQueue()).hasSize(1);
	}

	@Test
	void shutdownCancelsTheTimerOfTheOutlierDetection() {
		accept("10.0.0.1");
		assertThat(this.helper.timers.getQueue()).hasSize(1);
		run(this.balancer::shutdown);
		assertThat(this.helper.timers.getQueue()).isEmpty();
		assertThat(this.helper.subchannels).allMatch((subchannel) -> subchannel.closed);
	}

	@Test
	void listWithoutAddressesEndsTheConnections() {
		accept("10.0.0.1");
		this.helper.subchannels.get(0).become(ConnectivityState.READY);
		run(() -> this.balancer.acceptResolvedAddresses(ResolvedAddresses.newBuilder()
			.setAddresses(List.of())
			.setAttributes(Attributes.newBuilder().set(Resolution.PROBLEM, "all out of service").build())
			.build()));
		assertThat(this.helper.subchannels.get(0).closed).isTrue();
		assertThat(pick().getStatus().getDescription()).isEqualTo("all out of service");
		accept("10.0.0.1");
		this.helper.subchannels.get(1).become(ConnectivityState.READY);
		assertThat(pick().getStatus().isOk()).isTrue();
	}

	@Test
	void errorKeepsTheConnectionsUntilTheLastOneEnds() {
		accept("10.0.0.1", "10.0.0.2");
		this.helper.subchannels.forEach((subchannel) -> subchannel.become(ConnectivityState.READY));
		run(() -> this.balancer.handleNameResolutionError(Status.UNAVAILABLE.withDescription("unknown")));
		this.helper.subchannels.get(0).become(ConnectivityState.IDLE);
		assertThat(pick().getStatus().isOk()).isTrue();
		assertThat(this.helper.subchannels.get(1).closed).isFalse();
		this.helper.subchannels.get(1).become(ConnectivityState.IDLE);
		assertThat(pick().getStatus().getDescription()).isEqualTo("unknown");
		assertThat(this.helper.subchannels).allMatch((subchannel) -> subchannel.closed);
		assertThat(this.helper.timers.getQueue()).isEmpty();
	}

	@Test
	void errorWithoutAConnectionIsReportedAtOnce() {
		accept("10.0.0.1");
		run(() -> this.balancer.handleNameResolutionError(Status.UNAVAILABLE.withDescription("unknown")));
		assertThat(pick().getStatus().getDescription()).isEqualTo("unknown");
		assertThat(this.helper.subchannels.get(0).closed).isTrue();
	}

	@Test
	void newAddressesAfterAnErrorAreKeptWhenAConnectionEnds() {
		accept("10.0.0.1");
		this.helper.subchannels.get(0).become(ConnectivityState.READY);
		run(() -> this.balancer.handleNameResolutionError(Status.UNAVAILABLE.withDescription("unknown")));
		accept("10.0.0.1", "10.0.0.2");
		this.helper.subchannels.get(0).become(ConnectivityState.IDLE);
		assertThat(this.helper.subchannels.get(0).closed).isFalse();
		assertThat(this.helper.state).isEqualTo(ConnectivityState.CONNECTING);
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
		return this.helper.picker.pickSubchannel(Mockito.mock(PickSubchannelArgs.class, Mockito.RETURNS_DEEP_STUBS));
	}

	private void run(Runnable task) {
		this.helper.context.execute(task);
	}

	/**
	 * Channel without connections.
	 */
	private static final class TestHelper extends LoadBalancer.Helper {

		private final SynchronizationContext context = new SynchronizationContext((thread, failure) -> {
			throw new AssertionError(failure);
		});

		private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);

		private final List<TestSubchannel> subchannels = new ArrayList<>();

		private ConnectivityState state = ConnectivityState.IDLE;

		private SubchannelPicker picker;

		TestHelper() {
			this.timers.setRemoveOnCancelPolicy(true);
		}

		@Override
		public Subchannel createSubchannel(CreateSubchannelArgs args) {
			TestSubchannel subchannel = new TestSubchannel(this.context, args);
			this.subchannels.add(subchannel);
			return subchannel;
		}

		@Override
		public void updateBalancingState(ConnectivityState state, SubchannelPicker picker) {
			this.state = state;
			this.picker = picker;
		}

		@Override
		public ScheduledExecutorService getScheduledExecutorService() {
			return this.timers;
		}

		@Override
		public SynchronizationContext getSynchronizationContext() {
			return this.context;
		}

		@Override
		public ChannelLogger getChannelLogger() {
			return Mockito.mock(ChannelLogger.class);
		}

		@Override
		public ManagedChannel createOobChannel(EquivalentAddressGroup addresses, String authority) {
			throw new UnsupportedOperationException();
		}

		@Override
		public String getAuthority() {
			return "orders";
		}

		@Override
		public void refreshNameResolution() {
		}

	}

	private static final class TestSubchannel extends Subchannel {

		private final SynchronizationContext context;

		private final List<EquivalentAddressGroup> addresses;

		private SubchannelStateListener listener;

		private boolean closed;

		TestSubchannel(SynchronizationContext context, CreateSubchannelArgs args) {
			this.context = context;
			this.addresses = args.getAddresses();
		}

		void become(ConnectivityState state) {
			this.context.execute(() -> this.listener.onSubchannelState(ConnectivityStateInfo.forNonError(state)));
		}

		@Override
		public void start(SubchannelStateListener listener) {
			this.listener = listener;
		}

		@Override
		public void shutdown() {
			this.closed = true;
		}

		@Override
		public void requestConnection() {
		}

		@Override
		public void updateAddresses(List<EquivalentAddressGroup> addresses) {
		}

		@Override
		public List<EquivalentAddressGroup> getAllAddresses() {
			return this.addresses;
		}

		@Override
		public Attributes getAttributes() {
			return Attributes.EMPTY;
		}

		@Override
		public ChannelLogger getChannelLogger() {
			return Mockito.mock(ChannelLogger.class);
		}

	}

}
