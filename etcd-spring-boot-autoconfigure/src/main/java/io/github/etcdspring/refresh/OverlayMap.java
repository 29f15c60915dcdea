package io.github.etcdspring.refresh;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Persistent map: a modified copy shares its base with the original, so that its cost is
 * proportional to the change. Many changes are merged into a new base.
 *
 * @param <K> type of the keys
 * @param <V> type of the values
 */
public final class OverlayMap<K, V> extends AbstractMap<K, V> {

	private static final int MIN_CHANGES_TO_MERGE = 32;

	private final Map<K, V> base;

	private final Map<K, Optional<V>> changes;

	private final int size;

	private OverlayMap(Map<K, V> base, Map<K, Optional<V>> changes, int size) {
		this.base = base;
		this.changes = changes;
		this.size = size;
	}

	/**
	 * Create a map.
	 * @param <K> type of the keys
	 * @param <V> type of the values
	 * @param base its entries, not modified afterwards
	 * @return the map
	 */
	public static <K, V> OverlayMap<K, V> of(Map<K, V> base) {
		return new OverlayMap<>(base, Map.of(), base.size());
	}

	/**
	 * Return a copy of this map with changed values.
	 * @param changes the values, empty for keys to remove
	 * @return the map
	 */
	public OverlayMap<K, V> with(Map<K, Optional<V>> changes) {
		if (changes.isEmpty()) {
			return this;
		}
		Map<K, Optional<V>> merged = new LinkedHashMap<>(this.changes);
		int count = this.size;
		for (Map.Entry<K, Optional<V>> change : changes.entrySet()) {
			count += ((change.getValue().isPresent()) ? 1 : 0) - ((containsKey(change.getKey())) ? 1 : 0);
			merged.put(change.getKey(), change.getValue());
		}
		OverlayMap<K, V> next = new OverlayMap<>(this.base, merged, count);
		boolean many = merged.size() > MIN_CHANGES_TO_MERGE + 2 * Math.sqrt(this.base.size());
		return (many) ? of(new LinkedHashMap<>(next)) : next;
	}

	/**
	 * Return the keys whose values may differ from those in another map.
	 * @param other the other map
	 * @return the keys, {@code null} if the maps have no base in common
	 */
	@Nullable Set<K> changedKeys(Map<?, ?> other) {
		if (!(other instanceof OverlayMap<?, ?> overlay) || overlay.base != this.base) {
			return null;
		}
		@SuppressWarnings("unchecked")
		OverlayMap<K, V> same = (OverlayMap<K, V>) overlay;
		Set<K> keys = new HashSet<>(this.changes.keySet());
		keys.addAll(same.changes.keySet());
		return keys;
	}

	@Override
	public @Nullable V get(Object key) {
		Optional<V> change = this.changes.get(key);
		return (change != null) ? change.orElse(null) : this.base.get(key);
	}

	@Override
	public boolean containsKey(Object key) {
		return get(key) != null;
	}

	@Override
	public int size() {
		return this.size;
	}

	@Override
	public Set<Map.Entry<K, V>> entrySet() {
		if (this.changes.isEmpty()) {
			return Collections.unmodifiableMap(this.base).entrySet();
		}
		return new AbstractSet<>() {

			@Override
			public Iterator<Map.Entry<K, V>> iterator() {
				return Stream
					.concat(OverlayMap.this.base.keySet().stream(),
							OverlayMap.this.changes.keySet()
								.stream()
								.filter((key) -> !OverlayMap.this.base.containsKey(key)))
					.filter(OverlayMap.this::containsKey)
					.map((key) -> Map.entry(key, Objects.requireNonNull(OverlayMap.this.get(key))))
					.iterator();
			}

			@Override
			public int size() {
				return OverlayMap.this.size;
			}

		};
	}

	@Override
	public boolean equals(@Nullable Object other) {
		if (other == this) {
			return true;
		}
		if (other instanceof OverlayMap<?, ?> overlay) {
			Set<K> keys = changedKeys(overlay);
			if (keys != null) {
				return keys.stream().allMatch((key) -> Objects.equals(get(key), overlay.get(key)));
			}
		}
		return super.equals(other);
	}

	@Override
	public int hashCode() {
		return super.hashCode();
	}

}
