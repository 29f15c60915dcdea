package io.github.etcdspring.loadbalancer;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

import io.github.etcdspring.discovery.InstanceListener;
import io.github.etcdspring.registry.EtcdServiceInstance;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Tells instances that have just started from those whose key was only put again, for
 * example after the loss of their lease. An instance is new if
 * <ul>
 * <li>its key was absent or not {@code UP}, unless the key had expired under the same id
 * and address lately,</li>
 * <li>or its address has changed,</li>
 * <li>or it was ejected when its key was put again or expired: it has probably crashed
 * and restarted.</li>
 * </ul>
 * Confined to the thread of the mirror.
 */
final class NewInstances implements InstanceListener {

	/** An application that lost its lease is usually back sooner. */
	private static final long MEMORY = Duration.ofMinutes(10).toNanos();

	private final Predicate<ServiceInstance> ejected;

	private final Consumer<EtcdServiceInstance> listener;

	private final LongSupplier clock;

	/** Instances whose key was deleted without a graceful shutdown, oldest first. */
	private final Map<Key, Expired> expired = new LinkedHashMap<>();

	/**
	 * Create a detection.
	 * @param ejected tells whether an instance is ejected by this application
	 * @param listener receives each new instance
	 * @param clock monotonic time in nanoseconds
	 */
	NewInstances(Predicate<ServiceInstance> ejected, Consumer<EtcdServiceInstance> listener, LongSupplier clock) {
		this.ejected = ejected;
		this.listener = listener;
		this.clock = clock;
	}

	@Override
	public void changed(@Nullable EtcdServiceInstance previous, @Nullable EtcdServiceInstance current,
			boolean orderly) {
		long now = this.clock.getAsLong();
		forgetBefore(now - MEMORY);
		if (current != null) {
			Expired expired = this.expired.remove(Key.of(current));
			if (current.isUp() && isNew((expired != null) ? expired.instance() : previous, current)) {
				this.listener.accept(current);
			}
		}
		else if (previous != null && previous.isUp() && !orderly && !this.ejected.test(previous)) {
			this.expired.put(Key.of(previous), new Expired(previous, now));
		}
	}

	private void forgetBefore(long time) {
		Iterator<Expired> oldestFirst = this.expired.values().iterator();
		while (oldestFirst.hasNext() && oldestFirst.next().time() - time < 0) {
			oldestFirst.remove();
		}
	}

	private boolean isNew(@Nullable EtcdServiceInstance previous, EtcdServiceInstance current) {
		return previous == null || !previous.isUp() || previous.port() != current.port()
				|| !previous.host().equals(current.host()) || this.ejected.test(current);
	}

	private record Key(String service, String id) {

		static Key of(EtcdServiceInstance instance) {
			return new Key(instance.serviceId(), instance.instanceId());
		}

	}

	private record Expired(EtcdServiceInstance instance, long time) {

	}

}
