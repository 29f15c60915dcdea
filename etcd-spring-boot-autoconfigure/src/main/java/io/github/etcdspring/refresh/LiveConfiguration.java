package io.github.etcdspring.refresh;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.Configuration.Values;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;

/**
 * The current configuration behind all property sources of an application. Thread-safe;
 * replaced as a whole.
 */
public final class LiveConfiguration {

	private final List<String> sources = new CopyOnWriteArrayList<>();

	/**
	 * The candidate that property sources return on a rehearsing thread, if another
	 * library has wrapped them so that they cannot be replaced. There are few
	 * configurations in a JVM, and each is as long-lived as its application.
	 */
	@SuppressWarnings("ThreadLocalUsage")
	private final ThreadLocal<@Nullable Candidate> candidate = new ThreadLocal<>();

	private volatile Configuration configuration = Configuration.NONE;

	/**
	 * Return the names of the property sources, in ascending precedence within an import.
	 * @return the names
	 */
	public List<String> sources() {
		return List.copyOf(this.sources);
	}

	/**
	 * Return the configuration in use.
	 * @return the configuration
	 */
	public Configuration current() {
		return this.configuration;
	}

	/**
	 * Return a property source that always reads the current configuration.
	 * @param name the name of the property source
	 * @return a view of this configuration; any number of them are equivalent
	 */
	public PropertySource<?> propertySource(String name) {
		return new LivePropertySource(name, this, () -> visible(name));
	}

	private Configuration visible(String name) {
		Candidate candidate = this.candidate.get();
		return (candidate != null && candidate.sources().contains(name)) ? candidate.configuration()
				: this.configuration;
	}

	/**
	 * Call an action on this thread for which wrapped property sources return a
	 * candidate.
	 * @param <T> the type of the result
	 * @param <E> the type of exception that the action throws
	 * @param candidate the candidate
	 * @param sources the names of the wrapped property sources
	 * @param action the action
	 * @return its result
	 * @throws E if the action throws it
	 */
	@SuppressWarnings("NullAway") // it is the type that says whether the result may be
									// null
	<T extends @Nullable Object, E extends Exception> T during(Configuration candidate, Set<String> sources,
			Action<T, E> action) throws E {
		Candidate former = this.candidate.get();
		this.candidate.set(new Candidate(candidate, sources));
		try {
			return action.run();
		}
		finally {
			if (former != null) {
				this.candidate.set(former);
			}
			else {
				this.candidate.remove();
			}
		}
	}

	/**
	 * Add a source.
	 * @param name the name of the property source
	 */
	public void add(String name) {
		if (!this.sources.contains(name)) {
			this.sources.add(name);
		}
	}

	/**
	 * Replace the configuration before the application has started.
	 * @param next the next configuration
	 */
	public void initialize(Configuration next) {
		this.configuration = next;
	}

	/**
	 * Reject circular placeholders, which would otherwise fail only when the property is
	 * first read.
	 * @param environment the complete environment of the application
	 * @throws RejectedConfigurationException if placeholders are circular
	 */
	public void rejectCircularPlaceholders(ConfigurableEnvironment environment) throws RejectedConfigurationException {
		Comparison.rejectCircularPlaceholders(environment, this.configuration);
	}

	/**
	 * Replace the configuration.
	 * @param next the next configuration
	 */
	void replace(Configuration next) {
		this.configuration = next;
	}

	/**
	 * An action that is called with a candidate.
	 *
	 * @param <T> the type of the result
	 * @param <E> the type of exception that it throws
	 */
	@FunctionalInterface
	interface Action<T extends @Nullable Object, E extends Exception> {

		@Nullable T run() throws E;

	}

	private record Candidate(Configuration configuration, Set<String> sources) {

	}

	/**
	 * Property source that reads the configuration in use at each call. Holds no
	 * properties, so that any number of copies are equivalent.
	 */
	static final class LivePropertySource extends EnumerablePropertySource<LiveConfiguration>
			implements OriginLookup<String> {

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
			PropertyLookups.record(name);
			return values().get(name) != null;
		}

		@Override
		public @Nullable Object getProperty(String name) {
			PropertyLookups.record(name);
			Property property = values().get(name);
			return (property != null) ? property.value() : null;
		}

		@Override
		public @Nullable Origin getOrigin(String name) {
			Property property = values().get(name);
			return (property != null) ? property.origin() : null;
		}

		/**
		 * Return the names of the properties whose value has placeholders.
		 * @return the names
		 */
		Set<String> namesWithPlaceholders() {
			return values().namesWithPlaceholders();
		}

		private Values values() {
			return this.configuration.get().of(getName());
		}

	}

}
