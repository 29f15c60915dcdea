package io.github.etcdspring.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How this application is registered, and how others are found.
 *
 * @param enabled Whether to register and discover services.
 * @param prefix Prefix of the keys that hold the instances of all services.
 * @param order Order of this discovery client among others, lower first.
 * @param register Whether to register this application.
 * @param deregister Whether to take the instance out when the application stops or
 * refuses traffic. Its key otherwise stays until the time to live is over.
 * @param failFast Whether start-up fails when etcd cannot be used.
 * @param ttl Time after which the instance of a killed application disappears, in whole
 * seconds and at least two.
 * @param serviceName Name of the service to register. Follows from
 * spring.application.name unless it is set.
 * @param instanceId Identifier of the instance, unique among all instances of the
 * service. Consists of the service name and a random suffix unless it is set.
 * @param hostname Host name to register. Found by spring.cloud.inetutils unless it is
 * set.
 * @param ipAddress Address to register. Found by spring.cloud.inetutils unless it is set.
 * @param preferIpAddress Whether to register the address rather than the host name.
 * @param port Port to register. Follows from the web server unless it is set.
 * @param ports Further named ports, registered as metadata under port.{name}.
 * @param managementPort Management port to register as metadata. Follows from the
 * management server unless it is set.
 * @param scheme Scheme under which the instance is called. Follows from server.ssl unless
 * it is set.
 * @param instanceZone Zone of the instance, registered as metadata and preferred by load
 * balancers in the same zone that look for it.
 * @param weight Share of calls relative to other instances, for load balancers that
 * weigh.
 * @param version Version of the instance, registered as metadata.
 * @param metadata Further metadata of the instance.
 * @param health Health that decides whether the instance is registered.
 * @param drain Time between taking the instance out and refusing requests, in which
 * callers learn that it is gone.
 * @param snapshotFile File that keeps the last known instances of all services, for a
 * start while etcd is unavailable. None is kept unless it is set.
 * @param snapshotMaxAge Age after which the snapshot file is not used.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.discovery")
public record EtcdDiscoveryProperties(@DefaultValue("true") boolean enabled, @DefaultValue("/services") String prefix,
		@DefaultValue("0") int order, @DefaultValue("true") boolean register, @DefaultValue("true") boolean deregister,
		@DefaultValue("false") boolean failFast, @DefaultValue("10s") Duration ttl, @Nullable String serviceName,
		@Nullable String instanceId, @Nullable String hostname, @Nullable String ipAddress,
		@DefaultValue("true") boolean preferIpAddress, @Nullable Integer port, @DefaultValue Map<String, Integer> ports,
		@Nullable Integer managementPort, @Nullable String scheme, @Nullable String instanceZone,
		@Nullable Integer weight, @Nullable String version, @DefaultValue Map<String, String> metadata,
		@DefaultValue Health health, @DefaultValue("2s") Duration drain, @Nullable Path snapshotFile,
		@DefaultValue("24h") Duration snapshotMaxAge) {

	/**
	 * Health that decides whether the instance is registered.
	 *
	 * @param group Health group of the actuator that has to be up. Readiness alone
	 * decides unless it is set.
	 * @param interval Time between two looks at the health group.
	 * @param timeout Time allowed for one look before it counts as down.
	 * @param debounce Number of equal results in a row before the registration follows.
	 */
	public record Health(@Nullable String group, @DefaultValue("1s") Duration interval,
			@DefaultValue("5s") Duration timeout, @DefaultValue("2") int debounce) {

	}

}
