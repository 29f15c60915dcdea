package io.github.etcdspring.rollout;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;

import io.github.etcdspring.fleet.FleetInstance;

import org.springframework.util.Assert;

/**
 * Instances that apply the changes in a step of a rollout: a share of all instances that
 * import the keys, are in one of the zones, have one of the versions, and are among the
 * named ones. An empty set does not restrict them.
 *
 * @param percent share of those instances, 1 to 100, rounded up. The same instances are
 * chosen for each rollout, and remain when the share grows
 * @param zones zones of the instances, see
 * {@code spring.cloud.etcd.discovery.instance-zone}
 * @param versions versions of the application
 * @param instances ids of instances
 * @since 0.1.0
 */
public record RolloutTarget(int percent, Set<String> zones, Set<String> versions, Set<String> instances) {

	public RolloutTarget {
		Assert.isTrue(percent >= 1 && percent <= 100, "'percent' must be between 1 and 100");
		zones = Set.copyOf(zones);
		versions = Set.copyOf(versions);
		instances = Set.copyOf(instances);
	}

	/**
	 * Return a share of all instances.
	 * @param percent the share, 1 to 100
	 * @return the target
	 */
	public static RolloutTarget share(int percent) {
		return new RolloutTarget(percent, Set.of(), Set.of(), Set.of());
	}

	/**
	 * Return all instances in a zone.
	 * @param zone the zone
	 * @return the target
	 */
	public static RolloutTarget zone(String zone) {
		return new RolloutTarget(100, Set.of(zone), Set.of(), Set.of());
	}

	/**
	 * Return all instances of a version of the application.
	 * @param version the version
	 * @return the target
	 */
	public static RolloutTarget version(String version) {
		return new RolloutTarget(100, Set.of(), Set.of(version), Set.of());
	}

	/**
	 * Return some instances by name.
	 * @param ids ids of the instances
	 * @return the target
	 */
	public static RolloutTarget instances(String... ids) {
		Assert.notEmpty(ids, "'ids' must not be empty");
		return new RolloutTarget(100, Set.of(), Set.of(), Set.of(ids));
	}

	List<FleetInstance> select(Collection<FleetInstance> instances) {
		List<FleetInstance> matching = instances.stream()
			.filter(this::matches)
			.sorted(Comparator.comparing(RolloutTarget::position).thenComparing(FleetInstance::instance))
			.toList();
		return matching.subList(0, (int) Math.ceil(matching.size() * this.percent / 100.0));
	}

	private boolean matches(FleetInstance instance) {
		return (this.zones.isEmpty() || (instance.zone() != null && this.zones.contains(instance.zone())))
				&& (this.versions.isEmpty()
						|| (instance.version() != null && this.versions.contains(instance.version())))
				&& (this.instances.isEmpty() || this.instances.contains(instance.instance()));
	}

	/** Unrelated to the order of names, which may be that of hosts or zones. */
	private static long position(FleetInstance instance) {
		CRC32 hash = new CRC32();
		hash.update(instance.instance().getBytes(StandardCharsets.UTF_8));
		return hash.getValue();
	}

}
