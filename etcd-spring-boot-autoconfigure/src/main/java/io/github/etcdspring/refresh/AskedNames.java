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
final class AskedNames {

	private static final ThreadLocal<@Nullable AskedNames> CURRENT = new ThreadLocal<>();

	private final Set<String> names = ConcurrentHashMap.newKeySet();

	private volatile boolean complete;

	/** The names once they are complete, as converting them takes long. */
	private volatile @Nullable Set<ConfigurationPropertyName> converted;

	/** Whoever waits for the outcome depends on the same names. */
	private @Nullable AskedNames outer;

	/**
	 * Note that the current thread asks for a property.
	 * @param name name of the property
	 */
	static void ask(String name) {
		for (AskedNames asked = CURRENT.get(); asked != null; asked = asked.outer) {
			asked.names.add(name);
		}
	}

	/**
	 * Do something on this thread and note what it asks for.
	 * @param <T> the outcome
	 * @param action what to do
	 * @return the outcome
	 */
	<T extends @Nullable Object> T during(Supplier<T> action) {
		AskedNames enclosing = CURRENT.get();
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
	 * What has been asked for until now.
	 * @return the names
	 */
	Set<ConfigurationPropertyName> names() {
		Set<ConfigurationPropertyName> names = this.converted;
		if (names == null) {
			boolean last = this.complete;
			names = this.names.stream().map(Changes::name).collect(Collectors.toUnmodifiableSet());
			if (last) {
				this.converted = names;
			}
		}
		return names;
	}

	/**
	 * Whether anything asked for until now differs between two configurations.
	 * @param one a configuration
	 * @param other another configuration
	 */
	boolean differ(Configuration one, Configuration other) {
		return one != other && !Collections.disjoint(one.differences(other), this.names);
	}

}
