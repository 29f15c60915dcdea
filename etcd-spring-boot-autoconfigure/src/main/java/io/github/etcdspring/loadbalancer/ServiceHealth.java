package io.github.etcdspring.loadbalancer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

import io.github.etcdspring.registry.EtcdServiceInstance;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;

/**
 * The instances of one service that this application has called, and which of them it may
 * call now.
 */
final class ServiceHealth {

	/** So that many instances are not looked through again for each call. */
	private static final long VIEW_NANOS = 10_000_000;

	private final Map<Address, InstanceHealth> instances = new ConcurrentHashMap<>();

	private final AtomicInteger version = new AtomicInteger();

	private volatile boolean allEjected;

	private volatile @Nullable View view;

	InstanceHealth of(ServiceInstance instance) {
		Address address = Address.of(instance);
		InstanceHealth health = this.instances.get(address);
		return (health != null) ? health : this.instances.computeIfAbsent(address, (key) -> new InstanceHealth());
	}

	boolean isEjected(ServiceInstance instance) {
		InstanceHealth health = this.instances.get(Address.of(instance));
		return health != null && health.ejection() != null;
	}

	/** Invalidate the cached list of callable instances. */
	void changed() {
		this.version.incrementAndGet();
	}

	/**
	 * End all ejections if all instances were ejected: since one of them answers, the
	 * cause was probably on the caller's side.
	 */
	void answered() {
		if (this.allEjected) {
			this.allEjected = false;
			this.instances.values().forEach(InstanceHealth::reset);
			changed();
		}
	}

	void forEach(BiConsumer<Address, InstanceHealth> action) {
		this.instances.forEach(action);
	}

	/**
	 * The instances to choose from: without those that are ejected, unless all are. Those
	 * that have vanished from etcd are only chosen from if no other is left.
	 */
	List<ServiceInstance> callable(List<ServiceInstance> all, List<ServiceInstance> vanished, long now, Policy policy) {
		if (this.instances.isEmpty()) {
			return (all.isEmpty()) ? vanished : all;
		}
		int version = this.version.get();
		View view = this.view;
		if (view != null && view.all == all && view.vanished == vanished && view.version == version
				&& now - view.time < VIEW_NANOS) {
			return view.callable;
		}
		List<ServiceInstance> callable = choose(all, vanished, now, policy);
		if (this.instances.size() > all.size() + vanished.size()) {
			forgetOthers(all, vanished);
		}
		this.view = new View(all, vanished, callable, version, now);
		return callable;
	}

	/**
	 * Some of the instances without those that are ejected. Those that do not answer are
	 * only returned if no other is left.
	 */
	List<ServiceInstance> reachable(List<ServiceInstance> some, long now, Policy policy) {
		List<ServiceInstance> callable = new ArrayList<>(some.size());
		List<ServiceInstance> avoided = new ArrayList<>();
		filter(some, callable, avoided, now, policy);
		return (callable.isEmpty()) ? avoided : callable;
	}

	private List<ServiceInstance> choose(List<ServiceInstance> all, List<ServiceInstance> vanished, long now,
			Policy policy) {
		List<ServiceInstance> callable = new ArrayList<>(all.size());
		List<ServiceInstance> avoided = new ArrayList<>();
		filter(all, callable, avoided, now, policy);
		if (!callable.isEmpty()) {
			return (callable.size() == all.size()) ? all : callable;
		}
		if (!avoided.isEmpty()) {
			return (avoided.size() == all.size()) ? all : avoided;
		}
		filter(vanished, callable, avoided, now, policy);
		if (!callable.isEmpty() || !avoided.isEmpty()) {
			return (!callable.isEmpty()) ? callable : avoided;
		}
		this.allEjected |= !all.isEmpty() || !vanished.isEmpty();
		return all;
	}

	/**
	 * Collect the instances that may be called, and those that are better called last.
	 * The others are ejected.
	 */
	private void filter(List<ServiceInstance> all, List<ServiceInstance> callable, List<ServiceInstance> avoided,
			long now, Policy policy) {
		for (ServiceInstance instance : all) {
			InstanceHealth health = this.instances.get(Address.of(instance));
			if (health == null) {
				callable.add(instance);
				continue;
			}
			if (instance instanceof EtcdServiceInstance known) {
				health.seen(known.revision());
			}
			Ejection ejection = health.ejection();
			if (ejection != null && !ejection.isOver(now)) {
				continue;
			}
			if (ejection != null || !policy.isAvoided(health, now)) {
				callable.add(instance);
			}
			else {
				avoided.add(instance);
			}
		}
	}

	/**
	 * Forget instances that are gone.
	 */
	void forgetOthers(List<? extends ServiceInstance> all, List<ServiceInstance> vanished) {
		Set<Address> addresses = new HashSet<>();
		all.forEach((instance) -> addresses.add(Address.of(instance)));
		vanished.forEach((instance) -> addresses.add(Address.of(instance)));
		this.instances.keySet().retainAll(addresses);
	}

	/**
	 * Decides whether an instance is called last.
	 */
	@FunctionalInterface
	interface Policy {

		/**
		 * Whether a further call has to wait, as the instance does not answer.
		 */
		boolean isAvoided(InstanceHealth health, long now);

	}

	/**
	 * Where an instance is called. The gateway hides its id.
	 */
	record Address(String host, int port) {

		static Address of(ServiceInstance instance) {
			return new Address(instance.getHost(), instance.getPort());
		}

	}

	private record View(List<ServiceInstance> all, List<ServiceInstance> vanished, List<ServiceInstance> callable,
			int version, long time) {

	}

}
