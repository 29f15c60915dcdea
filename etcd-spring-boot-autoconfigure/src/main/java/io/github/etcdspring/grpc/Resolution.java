package io.github.etcdspring.grpc;

import java.util.List;

import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver.ResolutionResult;
import io.grpc.Status;
import io.grpc.StatusOr;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Result of the resolution of a service.
 *
 * @param state what is known about the service
 * @param addresses addresses to call, empty unless the state is {@link State#CALLABLE}
 * @param problem why there is no address, empty if there is one
 */
record Resolution(State state, List<EquivalentAddressGroup> addresses, String problem) {

	/** Reason for a list without addresses, for {@link ServiceLoadBalancer}. */
	static final Attributes.Key<String> PROBLEM = Attributes.Key.create("io.github.etcdspring.problem");

	/**
	 * Read a service from the catalog. Blocks if hosts have to be resolved by DNS.
	 * @param catalog the catalog
	 * @param service the name of the service
	 * @return the result
	 */
	static Resolution of(ServiceCatalog catalog, String service) {
		List<ServiceInstance> instances = catalog.getInstances(service);
		if (instances.isEmpty()) {
			instances = catalog.vanished(service);
		}
		List<EquivalentAddressGroup> addresses = ServiceAddresses.of(instances);
		if (!addresses.isEmpty()) {
			return new Resolution(State.CALLABLE, addresses, "");
		}
		List<EtcdServiceInstance> known = catalog.instances().get(service);
		if (known != null) {
			return without(State.NOT_CALLABLE,
					"None of the instances of service '" + service + "' has status UP and a port, instances in etcd: "
							+ known.size()
							+ ". Wait until one accepts traffic, or end the override that takes it out of service");
		}
		if (catalog.isListed(service)) {
			return without(State.UNKNOWN,
					"No instance of service '" + service
							+ "' is registered in etcd. Start one, or compare the target of the channel with the"
							+ " spring.application.name of the service");
		}
		return without(State.UNANSWERED, "The instances of service '" + service + "' are not known: "
				+ reason(catalog.status()) + ". Calls succeed as soon as etcd is available");
	}

	private static String reason(MirrorStatus status) {
		EtcdProblem problem = status.problem();
		return (problem != null) ? problem.text().replaceFirst("\\.$", "") : "etcd has not answered";
	}

	/**
	 * Return the result for a channel without an application context.
	 * @param service the name of the service
	 * @return the result
	 */
	static Resolution withoutContext(String service) {
		return without(State.UNKNOWN, "The instances of service '" + service
				+ "' are not known, as no application context that follows etcd is open. Start the application first, and"
				+ " check spring.cloud.etcd.enabled, spring.cloud.etcd.discovery.enabled and spring.cloud.etcd.grpc.client.enabled");
	}

	private static Resolution without(State state, String problem) {
		return new Resolution(state, List.of(), problem);
	}

	boolean isCallable() {
		return this.state == State.CALLABLE;
	}

	/**
	 * Return the result for gRPC. Without any key in etcd, it is an error, so that
	 * connections to the last known instances are used until they end. If instances must
	 * not be called, it is an empty list.
	 */
	ResolutionResult.Builder toResult() {
		ResolutionResult.Builder result = ResolutionResult.newBuilder();
		return switch (this.state) {
			case CALLABLE -> result.setAddressesOrError(StatusOr.fromValue(this.addresses));
			case NOT_CALLABLE -> result.setAddressesOrError(StatusOr.fromValue(this.addresses))
				.setAttributes(Attributes.newBuilder().set(PROBLEM, this.problem).build());
			case UNKNOWN, UNANSWERED ->
				result.setAddressesOrError(StatusOr.fromStatus(Status.UNAVAILABLE.withDescription(this.problem)));
		};
	}

	/**
	 * Knowledge about a service.
	 */
	enum State {

		/** There is at least one instance to call. */
		CALLABLE,

		/** There are instances in etcd, but none that may be called. */
		NOT_CALLABLE,

		/** There is no instance in etcd. */
		UNKNOWN,

		/** etcd has not answered yet, and no last known instance exists. */
		UNANSWERED

	}

}
