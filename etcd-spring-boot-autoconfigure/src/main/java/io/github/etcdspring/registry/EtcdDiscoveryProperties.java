package io.github.etcdspring.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Configuration properties for service registration and discovery.
 *
 * @param enabled Whether to register and discover services.
 * @param prefix Prefix of the keys of all service instances.
 * @param overridesPrefix Prefix of the keys of overrides, by which operators take
 * instances out of service or change their weight.
 * @param order Order of the discovery client used by CompositeDiscoveryClient, lowest
 * first.
 * @param follow Which services to follow: all, or those that are called.
 * @param followServices Comma-separated list of services to follow from the start and
 * always, with follow=called.
 * @param register Whether to register this application.
 * @param deregister Whether to deregister the instance when the application stops or
 * refuses traffic. If not, its key remains until the lease expires.
 * @param failFast Whether to fail on startup if etcd is unavailable.
 * @param ttl Time to live of the lease, after which the instance of a killed application
 * is removed. A whole number of seconds, at least 2.
 * @param serviceName Name of the service to register. If not set, spring.application.name
 * is used.
 * @param instanceId Identifier of the instance, unique within the service. If not set, it
 * consists of the service name and a random suffix.
 * @param hostname Host name to register. If not set, determined by
 * spring.cloud.inetutils.
 * @param ipAddress IP address to register. If not set, determined by
 * spring.cloud.inetutils.
 * @param preferIpAddress Whether to register the IP address instead of the host name.
 * @param port Port to register. If not set, the port of the web server is used.
 * @param ports Additional named ports, registered as metadata with the key port.{name}.
 * @param managementPort Management port to register as metadata. If not set, the port of
 * a separate management server is used.
 * @param scheme URI scheme of the instance, http or https. If not set, derived from
 * server.ssl.
 * @param instanceZone Zone of the instance, registered as metadata for zone-based load
 * balancing.
 * @param weight Weight of the instance relative to others, registered as metadata for
 * weighted load balancing.
 * @param version Version of the instance, registered as metadata.
 * @param metadata Additional metadata of the instance.
 * @param health Health checks that control the registration.
 * @param drain Time between the deregistration and the shutdown of the web server, in
 * which callers receive the change.
 * @param snapshotFile File for the last known instances of all services, for a start
 * while etcd is unavailable. If not set, no file is written.
 * @param snapshotMaxAge Maximum age of a snapshot file that is used.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.discovery")
public record EtcdDiscoveryProperties(@DefaultValue("true") boolean enabled, @DefaultValue("/services") String prefix,
		@DefaultValue("/overrides") String overridesPrefix, @DefaultValue("0") int order,
		@DefaultValue("all") Follow follow, @DefaultValue List<String> followServices,
		@DefaultValue("true") boolean register, @DefaultValue("true") boolean deregister,
		@DefaultValue("false") boolean failFast, @DefaultValue("10s") Duration ttl, @Nullable String serviceName,
		@Nullable String instanceId, @Nullable String hostname, @Nullable String ipAddress,
		@DefaultValue("true") boolean preferIpAddress, @Nullable Integer port, @DefaultValue Map<String, Integer> ports,
		@Nullable Integer managementPort, @Nullable String scheme, @Nullable String instanceZone,
		@Nullable Integer weight, @Nullable String version, @DefaultValue Map<String, String> metadata,
		@DefaultValue Health health, @DefaultValue("2s") Duration drain, @Nullable Path snapshotFile,
		@DefaultValue("24h") Duration snapshotMaxAge) {

	/** Minimum that etcd grants with its default election timeout. */
	private static final Duration MIN_TTL = Duration.ofSeconds(2);

	/**
	 * Return the time to live of a lease.
	 * @return the time to live, a whole number of seconds
	 * @throws InvalidConfigurationPropertyValueException if it is invalid
	 */
	public Duration requireTtl() {
		if (this.ttl.compareTo(MIN_TTL) < 0 || !this.ttl.equals(Duration.ofSeconds(this.ttl.toSeconds()))) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.discovery.ttl", this.ttl,
					"Must be a whole number of seconds, at least 2.");
		}
		return this.ttl;
	}

	/**
	 * Which services an application follows.
	 */
	public enum Follow {

		/**
		 * All services, with one watch. Look-ups never wait for etcd.
		 */
		ALL,

		/**
		 * The services that are called, each with its own watch, from the first look-up
		 * until there has been none for ten minutes. Other services cost nothing.
		 */
		CALLED

	}

	/**
	 * Health checks that control the registration.
	 *
	 * @param group Health group that must be up for the instance to be registered. If not
	 * set, only readiness is required.
	 * @param interval Interval between health checks.
	 * @param timeout Timeout of a health check, after which it counts as down.
	 * @param debounce Number of consecutive equal results before the registration
	 * changes.
	 */
	public record Health(@Nullable String group, @DefaultValue("1s") Duration interval,
			@DefaultValue("5s") Duration timeout, @DefaultValue("2") int debounce) {

	}

}
