package io.github.etcdspring.refresh;

import java.util.Set;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.env.EnumerablePropertySource;

/**
 * The properties of one source, as they are at the time of the call. Holds none itself,
 * so that any number of them, created by any number of refreshes, are equivalent.
 */
final class LivePropertySource extends EnumerablePropertySource<LiveConfiguration> implements OriginLookup<String> {

	private final Supplier<Configuration> configuration;

	LivePropertySource(String name, LiveConfiguration live, Supplier<Configuration> configuration) {
		super(name, live);
		this.configuration = configuration;
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

	/**
	 * Return the names of the properties whose value has placeholders.
	 * @return the names
	 */
	Set<String> namesWithPlaceholders() {
		return values().namesWithPlaceholders();
	}

	private ConfigValues values() {
		return this.configuration.get().of(getName());
	}

}
