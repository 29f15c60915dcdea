package io.github.etcdspring.discovery;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.etcdspring.registry.EtcdServiceInstance;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Immutable map of services to all their instances, in which a change shares structure
 * with the previous map: only the hash buckets of changed services are copied.
 */
final class ServiceMap extends AbstractMap<String, List<EtcdServiceInstance>> {

	/** Minimizes the amount copied for a change with about a thousand services. */
	private static final int BUCKETS = 128;

	static final ServiceMap EMPTY = new ServiceMap(Collections.nCopies(BUCKETS, Map.of()), 0);

	private final List<Map<String, Service>> buckets;

	private final int size;

	private ServiceMap(List<Map<String, Service>> buckets, int size) {
		this.buckets = buckets;
		this.size = size;
	}

	/**
	 * Return a copy of this map with the instances of some services replaced.
	 * @param replaced the instances of each of these services, empty to remove the
	 * service
	 * @return the new map
	 */
	ServiceMap with(Map<String, List<EtcdServiceInstance>> replaced) {
		List<Map<String, Service>> next = new ArrayList<>(this.buckets);
		int count = this.size;
		for (Map.Entry<String, List<EtcdServiceInstance>> service : replaced.entrySet()) {
			int index = bucket(service.getKey());
			Map<String, Service> bucket = next.get(index);
			if (bucket == this.buckets.get(index)) {
				bucket = new HashMap<>(bucket);
				next.set(index, bucket);
			}
			boolean isRemoved = service.getValue().isEmpty();
			Service previous = (isRemoved) ? bucket.remove(service.getKey())
					: bucket.put(service.getKey(), Service.of(service.getValue()));
			count += ((isRemoved) ? 0 : 1) - ((previous != null) ? 1 : 0);
		}
		return new ServiceMap(next, count);
	}

	private static int bucket(Object service) {
		return Math.floorMod(service.hashCode(), BUCKETS);
	}

	private @Nullable Service find(Object service) {
		return this.buckets.get(bucket(service)).get(service);
	}

	/**
	 * Return the instances of a service whose status is {@code UP}.
	 * @param service the name of the service
	 * @return an immutable list, empty if there are none
	 */
	List<ServiceInstance> up(String service) {
		Service found = find(service);
		return (found != null) ? found.up() : List.of();
	}

	@Override
	public @Nullable List<EtcdServiceInstance> get(Object service) {
		Service found = find(service);
		return (found != null) ? found.all() : null;
	}

	@Override
	public boolean containsKey(Object service) {
		return find(service) != null;
	}

	@Override
	public int size() {
		return this.size;
	}

	@Override
	public Set<Map.Entry<String, List<EtcdServiceInstance>>> entrySet() {
		return new AbstractSet<>() {

			@Override
			public Iterator<Map.Entry<String, List<EtcdServiceInstance>>> iterator() {
				return ServiceMap.this.buckets.stream()
					.flatMap((bucket) -> bucket.entrySet().stream())
					.map((service) -> Map.entry(service.getKey(), service.getValue().all()))
					.iterator();
			}

			@Override
			public int size() {
				return ServiceMap.this.size;
			}

		};
	}

	/**
	 * Instances of a service.
	 *
	 * @param all all instances
	 * @param up the instances whose status is {@code UP}
	 */
	private record Service(List<EtcdServiceInstance> all, List<ServiceInstance> up) {

		static Service of(List<EtcdServiceInstance> instances) {
			List<EtcdServiceInstance> all = List.copyOf(instances);
			for (EtcdServiceInstance instance : all) {
				if (!instance.isUp()) {
					return new Service(all, up(all));
				}
			}
			// does not copy an immutable list
			return new Service(all, List.copyOf(all));
		}

		private static List<ServiceInstance> up(List<EtcdServiceInstance> all) {
			return List.copyOf(all.stream().filter(EtcdServiceInstance::isUp).toList());
		}

	}

}
