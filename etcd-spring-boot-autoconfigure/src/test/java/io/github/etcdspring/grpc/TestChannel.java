package io.github.etcdspring.grpc;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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
import io.grpc.LoadBalancer.Subchannel;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.LoadBalancer.SubchannelStateListener;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import org.mockito.Mockito;

/**
 * Channel without connections.
 */
final class TestChannel extends LoadBalancer.Helper {

	private final SynchronizationContext context = new SynchronizationContext((thread, failure) -> {
		throw new AssertionError(failure);
	});

	private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);

	private final List<TestSubchannel> subchannels = new ArrayList<>();

	private ConnectivityState state = ConnectivityState.IDLE;

	private SubchannelPicker picker;

	TestChannel() {
		this.timers.setRemoveOnCancelPolicy(true);
	}

	/**
	 * Return the connections that were requested, also the closed ones.
	 */
	List<TestSubchannel> subchannels() {
		return this.subchannels;
	}

	Collection<Runnable> timers() {
		return this.timers.getQueue();
	}

	ConnectivityState state() {
		return this.state;
	}

	PickResult pick() {
		return pick(this.picker);
	}

	static PickResult pick(SubchannelPicker picker) {
		return picker.pickSubchannel(Mockito.mock(PickSubchannelArgs.class, Mockito.RETURNS_DEEP_STUBS));
	}

	SubchannelPicker picker() {
		return this.picker;
	}

	void execute(Runnable task) {
		this.context.execute(task);
	}

	void close() {
		this.timers.shutdownNow();
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

	static final class TestSubchannel extends Subchannel {

		private final SynchronizationContext context;

		private final List<EquivalentAddressGroup> addresses;

		private SubchannelStateListener listener;

		private boolean closed;

		TestSubchannel(SynchronizationContext context, CreateSubchannelArgs args) {
			this.context = context;
			this.addresses = args.getAddresses();
		}

		void become(ConnectivityState state) {
			become(ConnectivityStateInfo.forNonError(state));
		}

		void fail(Status error) {
			become(ConnectivityStateInfo.forTransientFailure(error));
		}

		private void become(ConnectivityStateInfo state) {
			this.context.execute(() -> this.listener.onSubchannelState(state));
		}

		boolean isClosed() {
			return this.closed;
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
