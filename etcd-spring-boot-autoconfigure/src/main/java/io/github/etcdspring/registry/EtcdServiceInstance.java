package io.github.etcdspring.registry;

import java.net.URI;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;

/**
 * One instance of a service as it stands in etcd. Immutable.
 *
 * @param serviceId name of the service
 * @param instanceId identifier of the instance within the service
 * @param host host name or address
 * @param port port between 1 and 65535, or 0 while the web server has not been started
 * @param secure whether it is called by https
 * @param status {@code UP} if it may be called
 * @param metadata free metadata, unmodifiable; {@code zone} and {@code weight} are
 * understood by load balancers
 * @param revision revision of etcd at which its key was last put, 0 if it was not read
 * from etcd; two instances that differ in nothing else are equal
 * @since 0.1.0
 */
public record EtcdServiceInstance(String serviceId, String instanceId, String host, int port, boolean secure,
		String status, Map<String, String> metadata, long revision) implements ServiceInstance {

	/**
	 * Status of an instance that may be called.
	 */
	public static final String UP = "UP";

	/** What may follow or precede a host in a URL. */
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
	 * An instance that was not read from etcd.
	 * @param serviceId name of the service
	 * @param instanceId identifier of the instance within the service
	 * @param host host name or address
	 * @param port port between 1 and 65535, or 0 while the web server has not been
	 * started
	 * @param secure whether it is called by https
	 * @param status {@code UP} if it may be called
	 * @param metadata free metadata
	 */
	public EtcdServiceInstance(String serviceId, String instanceId, String host, int port, boolean secure,
			String status, Map<String, String> metadata) {
		this(serviceId, instanceId, host, port, secure, status, metadata, 0);
	}

	/**
	 * The same instance as it was read from etcd.
	 * @param revision revision at which its key was last put
	 * @return the instance
	 */
	public EtcdServiceInstance withRevision(long revision) {
		return new EtcdServiceInstance(this.serviceId, this.instanceId, this.host, this.port, this.secure, this.status,
				this.metadata, revision);
	}

	/**
	 * The same instance with another status.
	 * @param status the status
	 * @return the instance
	 */
	public EtcdServiceInstance withStatus(String status) {
		return new EtcdServiceInstance(this.serviceId, this.instanceId, this.host, this.port, this.secure, status,
				this.metadata);
	}

	/**
	 * The same instance with other metadata.
	 * @param metadata all of the metadata
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
	 * Whether the instance may be called.
	 * @return {@code true} if its status is {@code UP}
	 */
	public boolean isUp() {
		return UP.equals(this.status);
	}

	/**
	 * Whether it is the same instance, put at whatever revision: a key that is put again
	 * with the same value has changed nothing for a caller.
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
	 * Host and port, with an IPv6 address in brackets.
	 * @return the text that stands in a URL
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
