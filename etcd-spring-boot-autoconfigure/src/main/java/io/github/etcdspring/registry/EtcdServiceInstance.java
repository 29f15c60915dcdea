package io.github.etcdspring.registry;

import java.net.URI;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Instance of a service, as stored in etcd. Immutable. Instances that differ only in
 * their revision are equal.
 *
 * @param serviceId name of the service
 * @param instanceId identifier of the instance within the service
 * @param host host name or address
 * @param port port between 1 and 65535, or 0 until the web server has started
 * @param secure whether it is called with https
 * @param status {@code UP} if it may be called
 * @param metadata unmodifiable metadata; load balancers use {@code zone} and
 * {@code weight}
 * @param revision revision of the last put of its key, 0 if it was not read from etcd
 * @since 0.1.0
 */
public record EtcdServiceInstance(String serviceId, String instanceId, String host, int port, boolean secure,
		String status, Map<String, String> metadata, long revision) implements ServiceInstance {

	/**
	 * Status of an instance that may be called.
	 */
	public static final String UP = "UP";

	static final String OUT_OF_SERVICE = "OUT_OF_SERVICE";

	/** Delimiters of a URL, which are invalid in a host. */
	private static final String NOT_IN_HOST = "/@?#,";

	public EtcdServiceInstance {
		if (port < 0 || port > 65535) {
			throw new IllegalArgumentException("port must be between 1 and 65535");
		}
		if (!isHost(host)) {
			throw new IllegalArgumentException("host must be a host name or an IP address");
		}
		metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
	}

	/**
	 * Create an instance that was not read from etcd.
	 * @param serviceId name of the service
	 * @param instanceId identifier of the instance within the service
	 * @param host host name or address
	 * @param port port between 1 and 65535, or 0 until the web server has started
	 * @param secure whether it is called with https
	 * @param status {@code UP} if it may be called
	 * @param metadata the metadata
	 */
	public EtcdServiceInstance(String serviceId, String instanceId, String host, int port, boolean secure,
			String status, Map<String, String> metadata) {
		this(serviceId, instanceId, host, port, secure, status, metadata, 0);
	}

	/**
	 * Return the same instance with another revision.
	 * @param revision revision of the last put of its key
	 * @return the instance
	 */
	public EtcdServiceInstance withRevision(long revision) {
		return new EtcdServiceInstance(this.serviceId, this.instanceId, this.host, this.port, this.secure, this.status,
				this.metadata, revision);
	}

	/**
	 * Return the same instance with another status.
	 * @param status the status
	 * @return the instance
	 */
	public EtcdServiceInstance withStatus(String status) {
		return new EtcdServiceInstance(this.serviceId, this.instanceId, this.host, this.port, this.secure, status,
				this.metadata);
	}

	/**
	 * Return the same instance with other metadata.
	 * @param metadata the complete metadata
	 * @return the instance
	 */
	public EtcdServiceInstance withMetadata(Map<String, String> metadata) {
		return new EtcdServiceInstance(this.serviceId, this.instanceId, this.host, this.port, this.secure, this.status,
				metadata);
	}

	EtcdServiceInstance withPort(int port) {
		return new EtcdServiceInstance(this.serviceId, this.instanceId, this.host, port, this.secure, this.status,
				this.metadata);
	}

	/**
	 * Return whether the instance may be called.
	 * @return {@code true} if its status is {@code UP}
	 */
	public boolean isUp() {
		return UP.equals(this.status);
	}

	/**
	 * Compares all values except the revision, as a key that is put again with the same
	 * value changes nothing for callers.
	 */
	@Override
	public boolean equals(@Nullable Object other) {
		return this == other || (other instanceof EtcdServiceInstance that && this.serviceId.equals(that.serviceId)
				&& this.instanceId.equals(that.instanceId) && this.host.equals(that.host) && this.port == that.port
				&& this.secure == that.secure && this.status.equals(that.status)
				&& this.metadata.equals(that.metadata));
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.serviceId, this.instanceId, this.host, this.port, this.secure, this.status,
				this.metadata);
	}

	@Override
	public String getInstanceId() {
		return this.instanceId;
	}

	@Override
	public String getServiceId() {
		return this.serviceId;
	}

	@Override
	public String getHost() {
		return this.host;
	}

	@Override
	public int getPort() {
		return this.port;
	}

	@Override
	public boolean isSecure() {
		return this.secure;
	}

	@Override
	public String getScheme() {
		return (this.secure) ? "https" : "http";
	}

	@Override
	public URI getUri() {
		return URI.create(getScheme() + "://" + authority());
	}

	@Override
	public Map<String, String> getMetadata() {
		return this.metadata;
	}

	/**
	 * Return host and port, with an IPv6 address in brackets.
	 * @return the authority of a URL
	 */
	String authority() {
		return authority(this.host, this.port);
	}

	private static String authority(String host, int port) {
		boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
		return ((bare) ? "[" + host + "]" : host) + ":" + port;
	}

	static boolean isHost(String host) {
		try {
			return URI.create("http://" + authority(host, 1)).getRawAuthority() != null && !host.isEmpty()
					&& host.chars().noneMatch((character) -> NOT_IN_HOST.indexOf(character) >= 0);
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

}
