package io.github.etcdspring.registry;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.etcdspring.client.RandomId;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.cloud.commons.util.InetUtils;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Creates and validates the registration of this application from its properties.
 */
final class RegistrationFactory {

	private static final String PREFIX = "spring.cloud.etcd.discovery.";

	private static final String MANAGEMENT = "management.port";

	private static final String GRPC = "gRPC_port";

	private final EtcdDiscoveryProperties properties;

	private final boolean registerManagement;

	private final Environment environment;

	private final InetUtils inetUtils;

	private final GrpcPort grpcPort;

	private final ServerMetadata serverMetadata;

	RegistrationFactory(EtcdDiscoveryProperties properties, boolean registerManagement, Environment environment,
			InetUtils inetUtils, GrpcPort grpcPort) {
		this.properties = properties;
		this.registerManagement = registerManagement;
		this.environment = environment;
		this.inetUtils = inetUtils;
		this.grpcPort = grpcPort;
		this.serverMetadata = new ServerMetadata(environment);
	}

	/**
	 * Create the registration. Without a configured port, it is set by {@link #complete}.
	 */
	EtcdRegistration create() {
		require(!this.properties.drain().isNegative(), "drain", this.properties.drain(), "Must not be negative.");
		Integer port = this.properties.port();
		require(port == null || isPort(port), "port", port, "Must be between 1 and 65535.");
		String serviceId = serviceId();
		EtcdServiceInstance instance = new EtcdServiceInstance(serviceId, instanceId(serviceId), host(),
				(port != null) ? port : 0, secure(), EtcdServiceInstance.UP, metadata());
		try {
			EtcdServiceRegistry.write(instance);
		}
		catch (IllegalArgumentException ex) {
			throw invalid("metadata", this.properties.metadata().size() + " entries", ex.getMessage() + ".");
		}
		return new EtcdRegistration(instance);
	}

	/**
	 * Complete the registration with the ports of the running servers.
	 * @return whether there is a port to register
	 */
	boolean complete(EtcdRegistration registration) {
		int grpcPort = this.grpcPort.get();
		int port = port(grpcPort);
		int managementPort = (this.registerManagement) ? managementPort() : 0;
		boolean ownServer = managementPort != 0 && managementPort != port;
		Map<String, String> found = new LinkedHashMap<>(this.serverMetadata.interfaces(grpcPort));
		if (this.properties.ports().containsKey("grpc")) {
			found.remove(GRPC);
		}
		if (this.registerManagement) {
			found.putAll(this.serverMetadata.management(ownServer, registration.isSecure()));
		}
		if (ownServer) {
			found.put(MANAGEMENT, String.valueOf(managementPort));
		}
		registration.update((instance) -> {
			Map<String, String> metadata = new LinkedHashMap<>(instance.metadata());
			metadata.putAll(found);
			metadata.putAll(this.properties.metadata());
			return instance.withPort(port).withMetadata(metadata);
		});
		return port != 0;
	}

	/**
	 * Return warnings about problems that prevent calls to the instance.
	 * @param registration the registration
	 * @return the warnings, each with a remedy
	 */
	List<String> warnings(EtcdRegistration registration) {
		List<String> warnings = new ArrayList<>();
		String name = registration.getServiceId();
		if (!isHostName(name)) {
			warnings.add("The service name " + name
					+ " is not a valid host name, so load-balanced clients cannot call http://" + name
					+ ". Use letters, digits, hyphens and dots, as in " + PREFIX + "service-name="
					+ name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]+", "-"));
		}
		if (isFound(this.properties) && isLocal(registration.getHost())) {
			warnings.add("The registered address " + registration.getHost()
					+ " cannot be reached from other hosts. No other address was found. Set " + PREFIX
					+ "ip-address or " + PREFIX + "hostname, or select a network with"
					+ " spring.cloud.inetutils.preferred-networks");
		}
		return warnings;
	}

	private static boolean isHostName(String name) {
		try {
			return URI.create("http://" + name).getHost() != null;
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	private static boolean isFound(EtcdDiscoveryProperties properties) {
		return !StringUtils.hasText(properties.hostname())
				&& !(properties.preferIpAddress() && StringUtils.hasText(properties.ipAddress()));
	}

	/** Without a DNS lookup, which may be slow. */
	private static boolean isLocal(String host) {
		if (host.equalsIgnoreCase("localhost")) {
			return true;
		}
		if (!host.matches("[0-9.]+|.*:.*")) {
			return false;
		}
		try {
			InetAddress address = InetAddress.getByName(host);
			return address.isLoopbackAddress() || address.isLinkLocalAddress() || address.isAnyLocalAddress();
		}
		catch (UnknownHostException ex) {
			return false;
		}
	}

	/** The port of the web server or, without one, of the gRPC server. */
	private int port(int grpcPort) {
		if (this.properties.port() != null) {
			return this.properties.port();
		}
		int port = localPort("server");
		return (port != 0) ? port : grpcPort;
	}

	/** The port of a separate management server, 0 if there is none. */
	private int managementPort() {
		if (this.properties.managementPort() != null) {
			return this.properties.managementPort();
		}
		int port = localPort("management");
		return (port != localPort("server")) ? port : 0;
	}

	private int localPort(String server) {
		int port = this.environment.getProperty("local." + server + ".port", Integer.class, 0);
		return Math.max(port, 0);
	}

	private String serviceId() {
		boolean named = StringUtils.hasText(this.properties.serviceName());
		String name = (named) ? this.properties.serviceName() : this.environment.getProperty("spring.application.name");
		if (!StringUtils.hasText(name)) {
			throw new InvalidConfigurationPropertyValueException("spring.application.name", name,
					"A name is required to register the application in etcd. Set spring.application.name or " + PREFIX
							+ "service-name, or disable the registration with " + PREFIX + "register=false.");
		}
		requireUnicode((named) ? PREFIX + "service-name" : "spring.application.name", name);
		return name.trim();
	}

	private String instanceId(String serviceId) {
		String instanceId = this.properties.instanceId();
		if (instanceId == null) {
			return serviceId + "-" + RandomId.create();
		}
		require(StringUtils.hasText(instanceId), "instance-id", instanceId, "Must not be empty.");
		requireUnicode(PREFIX + "instance-id", instanceId);
		return instanceId.trim();
	}

	private static void requireUnicode(String property, String name) {
		if (!InstanceKeys.isUnicode(name)) {
			throw new InvalidConfigurationPropertyValueException(property, name, "Must be valid Unicode.");
		}
	}

	private String host() {
		boolean byAddress = this.properties.preferIpAddress() && StringUtils.hasText(this.properties.ipAddress());
		String host = (byAddress) ? this.properties.ipAddress() : this.properties.hostname();
		if (!StringUtils.hasText(host)) {
			host = (this.properties.preferIpAddress()) ? address()
					: this.inetUtils.findFirstNonLoopbackHostInfo().getHostname();
		}
		require(EtcdServiceInstance.isHost(host.trim()), (byAddress) ? "ip-address" : "hostname", host,
				"Must be a host name or an IP address.");
		return host.trim();
	}

	/**
	 * Avoids the reverse lookup of the host name, which takes up to a second if DNS is
	 * slow.
	 */
	private String address() {
		InetAddress address = this.inetUtils.findFirstNonLoopbackAddress();
		return (address != null) ? address.getHostAddress()
				: this.inetUtils.findFirstNonLoopbackHostInfo().getIpAddress();
	}

	private boolean secure() {
		String scheme = this.properties.scheme();
		if (scheme != null) {
			require(scheme.equals("http") || scheme.equals("https"), "scheme", scheme, "Must be http or https.");
			return scheme.equals("https");
		}
		return this.environment.getProperty("server.ssl.enabled", Boolean.class, true)
				&& (this.environment.containsProperty("server.ssl.bundle")
						|| this.environment.containsProperty("server.ssl.key-store")
						|| this.environment.containsProperty("server.ssl.certificate"));
	}

	private Map<String, String> metadata() {
		Map<String, String> metadata = new LinkedHashMap<>();
		if (StringUtils.hasText(this.properties.instanceZone())) {
			metadata.put("zone", this.properties.instanceZone());
		}
		Integer weight = this.properties.weight();
		if (weight != null) {
			require(weight > 0, "weight", weight, "Must be greater than zero.");
			metadata.put("weight", String.valueOf(weight));
		}
		if (StringUtils.hasText(this.properties.version())) {
			metadata.put("version", this.properties.version());
		}
		this.properties.ports().forEach((name, port) -> {
			require(isPort(port), "ports." + name, port, "Must be between 1 and 65535.");
			metadata.put("port." + name, String.valueOf(port));
			if (name.equals("grpc")) {
				metadata.put(GRPC, String.valueOf(port));
			}
		});
		Integer managementPort = this.properties.managementPort();
		require(managementPort == null || isPort(managementPort), "management-port", managementPort,
				"Must be between 1 and 65535.");
		metadata.putAll(this.properties.metadata());
		return metadata;
	}

	private static boolean isPort(int port) {
		return port > 0 && port <= 65535;
	}

	private static void require(boolean condition, String property, @Nullable Object value, String reason) {
		if (!condition) {
			throw invalid(property, value, reason);
		}
	}

	private static InvalidConfigurationPropertyValueException invalid(String property, @Nullable Object value,
			String reason) {
		return new InvalidConfigurationPropertyValueException(PREFIX + property, value, reason);
	}

}
