package io.github.etcdspring.grpc;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Converts instances of a service to addresses of its gRPC servers. If at least one
 * instance names a gRPC port in its metadata, instances without one are left out: the
 * service has another port for HTTP, and they have no gRPC server. Otherwise, the port of
 * each instance is that of its gRPC server.
 */
final class ServiceAddresses {

	private static final List<String> PORTS = List.of("gRPC_port", "port.grpc");

	private static final int NONE = 0;

	private ServiceAddresses() {
	}

	/**
	 * Resolve the hosts of instances. Blocks if they are not IP addresses.
	 * @param instances the instances
	 * @return their addresses, one group for each instance; a host that is unknown to DNS
	 * has an unresolved address, to which connections fail
	 */
	static List<EquivalentAddressGroup> of(Collection<? extends ServiceInstance> instances) {
		boolean named = instances.stream().anyMatch((instance) -> grpcPort(instance) != NONE);
		// several keys may have the same address, for example after a crash
		Map<Set<SocketAddress>, EquivalentAddressGroup> groups = new LinkedHashMap<>();
		for (ServiceInstance instance : instances) {
			int port = (named) ? grpcPort(instance) : instance.getPort();
			if (port != NONE) {
				List<SocketAddress> addresses = resolve(instance.getHost(), port);
				groups.putIfAbsent(Set.copyOf(addresses), new EquivalentAddressGroup(addresses, attributes(instance)));
			}
		}
		return List.copyOf(groups.values());
	}

	private static int grpcPort(ServiceInstance instance) {
		return PORTS.stream()
			.mapToInt((name) -> number(instance, name, NONE))
			.filter((port) -> port > NONE && port <= 65535)
			.findFirst()
			.orElse(NONE);
	}

	private static List<SocketAddress> resolve(String host, int port) {
		try {
			return Stream.of(InetAddress.getAllByName(host))
				.<SocketAddress>map((address) -> new InetSocketAddress(address, port))
				.toList();
		}
		catch (UnknownHostException ex) {
			return List.of(InetSocketAddress.createUnresolved(host, port));
		}
	}

	private static Attributes attributes(ServiceInstance instance) {
		Attributes.Builder attributes = Attributes.newBuilder()
			.set(EtcdAddressAttributes.INSTANCE_ID, instance.getInstanceId())
			.set(EtcdAddressAttributes.WEIGHT, Math.max(1, number(instance, "weight", 1)));
		String zone = metadata(instance).get("zone");
		if (zone != null) {
			attributes.set(EtcdAddressAttributes.ZONE, zone);
		}
		return attributes.build();
	}

	private static int number(ServiceInstance instance, String name, int fallback) {
		try {
			return Integer.parseInt(metadata(instance).getOrDefault(name, "").trim());
		}
		catch (NumberFormatException ex) {
			return fallback;
		}
	}

	private static Map<String, String> metadata(ServiceInstance instance) {
		Map<String, String> metadata = instance.getMetadata();
		return (metadata != null) ? metadata : Map.of();
	}

}
