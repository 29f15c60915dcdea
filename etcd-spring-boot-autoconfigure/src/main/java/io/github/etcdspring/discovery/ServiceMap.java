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

import org.jspecify.annotations.Nullable;

/**
 * An immutable map of services to instances. Services are hashed to buckets, and a change
 * copies only the buckets of the services that changed.
 *
 * @param <T> type of the instances
 */
final class ServiceMap<T> extends AbstractMap<String, List<T>> {

	/** A few services in each bucket for a thousand services. */
	private static final int BUCKETS = 128;

	private final List<Map<String, List<T>>> buckets;

	private final int size;

	private ServiceMap(List<Map<String, List<T>>> buckets, int size) {
		this.buckets = buckets;
		this.size = size;
	}

	/**
	 * Create a map without services.
	 * @param <T> type of the instances
	 * @return the map
	 */
	static <T> ServiceMap<T> empty() {
		return new ServiceMap<>(Collections.nCopies(BUCKETS, Map.of()), 0);
	}

	/**
	 * Return this map with other instances for some services.
	 * @param replaced the instances of each of these services, immutable, empty to remove
	 * the service
	 * @return the new map
	 */
	ServiceMap<T> with(Map<String, List<T>> replaced) {
		List<Map<String, List<T>>> next = new ArrayList<>(this.buckets);
		int count = this.size;
		for (Map.Entry<String, List<T>> service : replaced.entrySet()) {
			int index = bucket(service.getKey());
			Map<String, List<T>> bucket = next.get(index);
			if (bucket == this.buckets.get(index)) {
				bucket = new HashMap<>(bucket);
				next.set(index, bucket);
			}
			boolean isGone = service.getValue().isEmpty();
			List<T> former = (isGone) ? bucket.remove(service.getKey())
					: bucket.put(service.getKey(), service.getValue());
			count += ((isGone) ? 0 : 1) - ((former != null) ? 1 : 0);
		}
		return new ServiceMap<>(next, count);
	}

	private static int bucket(Object service) {
		return Math.floorMod(service.hashCode(), BUCKETS);
	}

	@Override
	public @Nullable List<T> get(Object service) {
		return this.buckets.get(bucket(service)).get(service);
	}

	@Override
	public boolean containsKey(Object service) {
		return get(service) != null;
	}

	@Override
	public int size() {
		return this.size;
	}

	@Override
	public Set<Map.Entry<String, List<T>>> entrySet() {
		return new AbstractSet<>() {

			@Override
			public Iterator<Map.Entry<String, List<T>>> iterator() {
				return ServiceMap.this.buckets.stream()
					.flatMap((bucket) -> Collections.unmodifiableMap(bucket).entrySet().stream())
					.iterator();
			}

			@Override
			public int size() {
				return ServiceMap.this.size;
			}

		};
	}

}
