package io.github.etcdspring.refresh;

import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * Records which properties were looked up, found or not, while a bean was created or a
 * value resolved. The result depends on these and on no others.
 */
final class PropertyLookups {

	private static final ThreadLocal<@Nullable PropertyLookups> CURRENT = new ThreadLocal<>();

	private final Set<String> names = ConcurrentHashMap.newKeySet();

	private volatile boolean complete;

	/** The complete names, cached because the conversion is expensive. */
	private volatile @Nullable Set<ConfigurationPropertyName> converted;

	/** The enclosing recording, which depends on the same names. */
	private @Nullable PropertyLookups outer;

	/**
	 * Record that the current thread looks up a property.
	 * @param name name of the property
	 */
	static void record(String name) {
		for (PropertyLookups lookups = CURRENT.get(); lookups != null; lookups = lookups.outer) {
			lookups.names.add(name);
		}
	}

	/**
	 * Call an action on this thread and record its lookups.
	 * @param <T> the type of the result
	 * @param action the action
	 * @return its result
	 */
	<T extends @Nullable Object> T during(Supplier<T> action) {
		PropertyLookups enclosing = CURRENT.get();
		this.outer = enclosing;
		CURRENT.set(this);
		try {
			return action.get();
		}
		finally {
			this.converted = null;
			this.complete = true;
			this.outer = null;
			if (enclosing != null) {
				CURRENT.set(enclosing);
			}
			else {
				CURRENT.remove();
			}
		}
	}

	/**
	 * Return the properties looked up so far.
	 * @return their names
	 */
	Set<ConfigurationPropertyName> names() {
		Set<ConfigurationPropertyName> names = this.converted;
		if (names == null) {
			boolean last = this.complete;
			names = this.names.stream().map(PropertyChanges::name).collect(Collectors.toUnmodifiableSet());
			if (last) {
				this.converted = names;
			}
		}
		return names;
	}

	/**
	 * Return whether a property looked up so far differs between two configurations.
	 * @param one a configuration
	 * @param other another configuration
	 */
	boolean anyDiffers(Configuration one, Configuration other) {
		return one != other && !Collections.disjoint(one.differences(other), this.names);
	}

}
