package io.github.etcdspring.loadbalancer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

import io.github.etcdspring.loadbalancer.ServiceHealth.Address;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Leaves new instances out of some calls, so that their share of the calls grows linearly
 * while their JVM warms up. Which calls is random: with a fixed pattern, the position of
 * a round robin would follow the changing length of the list, and the shares would be
 * wrong.
 */
final class SlowStart {

	private static final long NONE = 0;

	private final long duration;

	private final LongSupplier clock;

	private final DoubleSupplier random;

	/** Start of each new instance by service. Written by the thread of the mirror. */
	private final Map<String, Map<Address, Long>> services = new ConcurrentHashMap<>();

	/** End of the last slow start, by the clock. */
	private final AtomicLong end = new AtomicLong(NONE);

	/**
	 * Create a slow start.
	 * @param duration time until an instance gets its full share, not zero
	 * @param clock monotonic time in nanoseconds
	 * @param random returns numbers from 0 to 1, the latter excluded
	 */
	SlowStart(Duration duration, LongSupplier clock, DoubleSupplier random) {
		this.duration = duration.toNanos();
		this.clock = clock;
		this.random = random;
	}

	/**
	 * Start to slow an instance. Called by the thread of the mirror only.
	 * @param instance the new instance
	 */
	void begin(ServiceInstance instance) {
		long now = this.clock.getAsLong();
		if (this.end.get() == NONE) {
			this.services.clear();
		}
		Map<Address, Long> starts = new HashMap<>(this.services.getOrDefault(instance.getServiceId(), Map.of()));
		starts.values().removeIf((start) -> now - start >= this.duration);
		starts.put(Address.of(instance), now);
		this.services.put(instance.getServiceId(), Map.copyOf(starts));
		long end = now + this.duration;
		this.end.set((end != NONE) ? end : 1);
	}

	/**
	 * Whether an instance of any service is slowed. Costs one volatile read if not.
	 */
	boolean isActive() {
		long end = this.end.get();
		if (end == NONE) {
			return false;
		}
		if (this.clock.getAsLong() - end < 0) {
			return true;
		}
		this.end.compareAndSet(end, NONE);
		return false;
	}

	/**
	 * Choose the instances for one call.
	 * @param service the name of the service
	 * @param instances the instances that could be called, of which some may occur
	 * several times
	 * @return the instances without those that are left out, or all if all are new
	 */
	List<ServiceInstance> choose(String service, List<ServiceInstance> instances) {
		Map<Address, Long> starts = this.services.get(service);
		if (starts == null || instances.size() < 2) {
			return instances;
		}
		long now = this.clock.getAsLong();
		// One for all: if two instances are left out together, each gets its exact share
		double limit = this.random.getAsDouble();
		List<ServiceInstance> chosen = new ArrayList<>(instances.size());
		boolean allNew = true;
		for (ServiceInstance instance : instances) {
			double share = share(starts.get(Address.of(instance)), now);
			allNew &= share < 1;
			if (share > limit) {
				chosen.add(instance);
			}
		}
		return (allNew || chosen.size() == instances.size()) ? instances : chosen;
	}

	private double share(@Nullable Long start, long now) {
		return (start != null) ? Math.min(1, (double) (now - start) / this.duration) : 1;
	}

}
