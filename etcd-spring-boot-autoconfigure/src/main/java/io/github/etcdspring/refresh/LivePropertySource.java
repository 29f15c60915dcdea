package io.github.etcdspring.refresh;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.env.EnumerablePropertySource;

/**
 * The properties of a context, as they are in force at the time of asking. Holds none
 * itself, so that any number of them, made by any number of refreshes, say the same.
 */
final class LivePropertySource extends EnumerablePropertySource<Supplier<Configuration>>
		implements OriginLookup<String> {

	LivePropertySource(String name, Supplier<Configuration> configuration) {
		super(name, configuration);
	}

	/**
	 * The same properties out of another configuration, one that is not in force yet.
	 * @param configuration the configuration
	 * @return a source of the same name
	 */
	LivePropertySource at(Configuration configuration) {
		return new LivePropertySource(getName(), () -> configuration);
	}

	@Override
	public String[] getPropertyNames() {
		return values().names();
	}

	@Override
	public boolean containsProperty(String name) {
		AskedNames.ask(name);
		return values().get(name) != null;
	}

	@Override
	public @Nullable Object getProperty(String name) {
		AskedNames.ask(name);
		ConfigProperty property = values().get(name);
		return (property != null) ? property.value() : null;
	}

	@Override
	public @Nullable Origin getOrigin(String name) {
		ConfigProperty property = values().get(name);
		return (property != null) ? property.origin() : null;
	}

	private ConfigValues values() {
		return getSource().get().of(getName());
	}

}
