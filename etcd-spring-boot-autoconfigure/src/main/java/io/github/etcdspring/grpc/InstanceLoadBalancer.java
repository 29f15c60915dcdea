package io.github.etcdspring.grpc;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

import io.grpc.ConnectivityState;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerProvider;
import io.grpc.LoadBalancerRegistry;
import io.grpc.Status;
import io.grpc.util.ForwardingLoadBalancerHelper;
import org.jspecify.annotations.Nullable;

/**
 * Distributes calls to the connected instances of a service, with zone preference,
 * weights and slow start. Each instance has a load balancer of gRPC, which connects and
 * reconnects. Confined to the synchronization context of the channel.
 */
final class InstanceLoadBalancer extends LoadBalancer {

	private static final LoadBalancerProvider CONNECTING_POLICY = Objects
		.requireNonNull(LoadBalancerRegistry.getDefaultRegistry().getProvider("round_robin"));

	private final Helper helper;

	private final LongSupplier clock;

	private final InstanceRotation rotation;

	private Map<Set<SocketAddress>, Instance> instances = new LinkedHashMap<>();

	private InstanceSelection selection = InstanceSelection.ROUND_ROBIN;

	private boolean accepting;

	/**
	 * Create a load balancer.
	 * @param helper the channel
	 * @param clock monotonic time in nanoseconds
	 * @param random returns numbers from 0 to 1, the latter excluded
	 */
	InstanceLoadBalancer(Helper helper, LongSupplier clock, DoubleSupplier random) {
		this.helper = helper;
		this.clock = clock;
		this.rotation = new InstanceRotation(clock, random);
	}

	@Override
	public Status acceptResolvedAddresses(ResolvedAddresses addresses) {
		if (addresses.getAddresses().isEmpty()) {
			Status error = Status.UNAVAILABLE.withDescription("No address to call");
			handleNameResolutionError(error);
			return error;
		}
		InstanceSelection selection = (InstanceSelection) addresses.getLoadBalancingPolicyConfig();
		this.selection = (selection != null) ? selection : InstanceSelection.ROUND_ROBIN;
		// the instances of the first list are not new
		Long now = (this.instances.isEmpty()) ? null : this.clock.getAsLong();
		Map<Set<SocketAddress>, Instance> previous = this.instances;
		this.instances = new LinkedHashMap<>();
		this.accepting = true;
		for (EquivalentAddressGroup group : addresses.getAddresses()) {
			Set<SocketAddress> key = Set.copyOf(group.getAddresses());
			Instance instance = previous.remove(key);
			if (instance == null) {
				instance = new Instance(now);
			}
			this.instances.put(key, instance);
			instance.accept(group, addresses);
		}
		this.accepting = false;
		update();
		// after the new picker is in use, which does not refer to them
		previous.values().forEach(Instance::close);
		return Status.OK;
	}

	@Override
	public void handleNameResolutionError(Status error) {
		if (connected().isEmpty()) {
			this.helper.updateBalancingState(ConnectivityState.TRANSIENT_FAILURE,
					new FixedResultPicker(PickResult.withError(error)));
		}
	}

	private void update() {
		if (this.accepting) {
			return;
		}
		List<Instance> connected = connected();
		if (!connected.isEmpty()) {
			this.helper.updateBalancingState(ConnectivityState.READY, picker(preferred(connected)));
		}
		else if (this.instances.values()
			.stream()
			.allMatch((instance) -> instance.state == ConnectivityState.TRANSIENT_FAILURE)) {
			this.helper.updateBalancingState(ConnectivityState.TRANSIENT_FAILURE,
					picker(List.copyOf(this.instances.values())));
		}
		else {
			this.helper.updateBalancingState(ConnectivityState.CONNECTING,
					new FixedResultPicker(PickResult.withNoResult()));
		}
	}

	private List<Instance> connected() {
		return this.instances.values()
			.stream()
			.filter((instance) -> instance.state == ConnectivityState.READY)
			.toList();
	}

	/**
	 * Return those of the preferred zone, or all if none of them is connected.
	 */
	private List<Instance> preferred(List<Instance> connected) {
		String zone = this.selection.zone();
		List<Instance> near = connected.stream().filter((instance) -> Objects.equals(zone, instance.zone)).toList();
		return (zone == null || near.isEmpty()) ? connected : near;
	}

	private SubchannelPicker picker(List<Instance> instances) {
		List<InstanceRotation.Target> targets = new ArrayList<>();
		for (Instance instance : instances) {
			targets.add(new InstanceRotation.Target(instance.picker, (this.selection.weighted()) ? instance.weight : 1,
					instance.newSince));
		}
		return this.rotation.picker(targets, this.selection.slowStart());
	}

	@Override
	public void requestConnection() {
		this.instances.values().forEach((instance) -> instance.delegate.requestConnection());
	}

	@Override
	public void shutdown() {
		this.instances.values().forEach(Instance::close);
		this.instances.clear();
	}

	/**
	 * The connection to an instance.
	 */
	private final class Instance extends ForwardingLoadBalancerHelper {

		private final LoadBalancer delegate = CONNECTING_POLICY.newLoadBalancer(this);

		private final @Nullable Long newSince;

		private ConnectivityState state = ConnectivityState.CONNECTING;

		private SubchannelPicker picker = new FixedResultPicker(PickResult.withNoResult());

		private @Nullable String zone;

		private int weight = 1;

		private boolean closed;

		Instance(@Nullable Long newSince) {
			this.newSince = newSince;
		}

		@Override
		protected Helper delegate() {
			return InstanceLoadBalancer.this.helper;
		}

		void accept(EquivalentAddressGroup group, ResolvedAddresses addresses) {
			this.zone = group.getAttributes().get(EtcdAddressAttributes.ZONE);
			this.weight = Objects.requireNonNullElse(group.getAttributes().get(EtcdAddressAttributes.WEIGHT), 1);
			this.delegate.acceptResolvedAddresses(
					addresses.toBuilder().setAddresses(List.of(group)).setLoadBalancingPolicyConfig(null).build());
		}

		@Override
		public void updateBalancingState(ConnectivityState state, SubchannelPicker picker) {
			if (!this.closed) {
				this.state = state;
				this.picker = picker;
				update();
			}
		}

		void close() {
			this.closed = true;
			this.delegate.shutdown();
		}

	}

}
