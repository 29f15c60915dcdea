package io.github.etcdspring.discovery;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.SkippedKeys;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Detects mass expiry: a large share of a service vanishes from etcd within one TTL
 * without a graceful shutdown, for example because all leases were lost. The vanished
 * instances are probably alive, and are kept for a limited time. Guarded by the lock of
 * the catalog, except for {@link #keep}, {@link #of} and {@link #expiries}.
 */
final class VanishedInstances {

	private static final Log logger = LogFactory.getLog(VanishedInstances.class);

	/** A crash of two instances is common, and their callers notice it soon. */
	private static final int MIN_INSTANCES = 3;

	private final long window;

	private final LongSupplier clock;

	private final Map<String, Group> groups = new HashMap<>();

	private volatile @Nullable Limits limits;

	private volatile Map<String, Kept> kept = Map.of();

	/**
	 * Create an instance that keeps nothing until it is told to.
	 * @param ttl time within which the leases of all instances expire
	 * @param clock monotonic time in nanoseconds
	 */
	VanishedInstances(Duration ttl, LongSupplier clock) {
		this.window = ttl.toNanos();
		this.clock = clock;
	}

	/**
	 * Keep vanished instances from now on.
	 * @param threshold share of a service that has to vanish
	 * @param duration how long to keep them, zero to keep none
	 */
	void keep(double threshold, Duration duration) {
		this.limits = (duration.isZero()) ? null : new Limits(threshold, duration);
	}

	/**
	 * Return the vanished instances of a service.
	 * @param service the name of the service
	 * @return an immutable list, the same one until it changes
	 */
	List<ServiceInstance> of(String service) {
		Kept kept = this.kept.get(service);
		return (kept != null && !isOver(kept)) ? kept.expiry().instances() : List.of();
	}

	/**
	 * Return the vanished instances of all services.
	 * @return a sorted copy
	 */
	Map<String, MassExpiry> expiries() {
		Map<String, MassExpiry> expiries = new TreeMap<>();
		this.kept.forEach((service, kept) -> {
			if (!isOver(kept)) {
				expiries.put(service, kept.expiry());
			}
		});
		return expiries;
	}

	private boolean isOver(Kept kept) {
		return this.clock.getAsLong() - kept.deadline() >= 0;
	}

	/**
	 * An instance that was {@code UP} is gone, and was not removed in order.
	 * @param instance the instance
	 */
	void vanished(EtcdServiceInstance instance) {
		if (this.limits != null) {
			this.groups.computeIfAbsent(instance.serviceId(), (service) -> new Group()).vanished
				.put(instance.instanceId(), new Vanished(instance, this.clock.getAsLong()));
		}
	}

	/**
	 * A key was put, or removed in order.
	 * @param service the name of the service
	 * @param instanceId the id of the instance
	 */
	void settled(String service, String instanceId) {
		Group group = this.groups.get(service);
		if (group == null || group.vanished.remove(instanceId) == null) {
			return;
		}
		if (group.vanished.isEmpty()) {
			this.groups.remove(service);
			if (group.deadline != null) {
				logger.info("All instances of service '" + SkippedKeys.printable(service)
						+ "' that had vanished from etcd are registered again");
			}
		}
		publish(service, group);
	}

	/**
	 * Decide whether the vanished instances of a service are kept.
	 * @param service the name of the service
	 * @param left the number of its instances that are {@code UP}
	 */
	void update(String service, int left) {
		Group group = this.groups.get(service);
		Limits limits = this.limits;
		if (group == null || limits == null) {
			return;
		}
		long now = this.clock.getAsLong();
		if (group.deadline != null && now - group.deadline >= 0) {
			group.deadline = null;
		}
		if (group.deadline == null) {
			group.vanished.values().removeIf((instance) -> now - instance.at() > this.window);
			int vanished = group.vanished.size();
			if (vanished >= MIN_INSTANCES && vanished >= limits.threshold() * (vanished + left)) {
				group.deadline = now + limits.duration().toNanos();
				group.until = Instant.now().plus(limits.duration()).truncatedTo(ChronoUnit.SECONDS);
				logger.warn(vanished + " of " + (vanished + left) + " instances of service '"
						+ SkippedKeys.printable(service)
						+ "' vanished from etcd at once without a graceful shutdown. They are called as a last resort until "
						+ group.until);
			}
		}
		if (group.vanished.isEmpty()) {
			this.groups.remove(service);
		}
		publish(service, group);
	}

	private void publish(String service, Group group) {
		Map<String, Kept> next = new HashMap<>(this.kept);
		next.values().removeIf(this::isOver);
		if (group.deadline != null && !group.vanished.isEmpty()) {
			List<ServiceInstance> instances = group.vanished.values()
				.stream()
				.map(Vanished::instance)
				.sorted(Catalog.ORDER)
				.map(ServiceInstance.class::cast)
				.toList();
			next.put(service, new Kept(new MassExpiry(instances, group.until), group.deadline));
		}
		else {
			next.remove(service);
		}
		this.kept = Map.copyOf(next);
	}

	/**
	 * Limits of what is kept.
	 *
	 * @param threshold share of a service that has to vanish
	 * @param duration how long the instances are kept
	 */
	private record Limits(double threshold, Duration duration) {

	}

	/**
	 * A vanished instance.
	 *
	 * @param instance the instance
	 * @param at when it vanished, by the clock
	 */
	private record Vanished(EtcdServiceInstance instance, long at) {

	}

	/**
	 * Published state of a group.
	 *
	 * @param expiry the instances
	 * @param deadline end of the time, by the clock
	 */
	private record Kept(MassExpiry expiry, long deadline) {

	}

	/**
	 * Instances of one service that vanished lately.
	 */
	private static final class Group {

		private final Map<String, Vanished> vanished = new HashMap<>();

		/** Until when they are kept, {@code null} while they are too few. */
		private @Nullable Long deadline;

		private Instant until = Instant.MIN;

	}

}
