package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

import io.github.etcdspring.refresh.LiveConfiguration.LivePropertySource;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.ConfigurablePropertyResolver;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertyResolver;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.PropertySourcesPropertyResolver;
import org.springframework.core.env.StandardEnvironment;

/**
 * Environment of an application context as it would be with a candidate configuration.
 * Used by one thread at a time and never visible to the application. Reused for each
 * change, as Spring Boot caches much about the property sources of an environment.
 */
final class CandidateEnvironment extends StandardEnvironment {

	private final ConfigurableApplicationContext context;

	private List<PropertySource<?>> copied = List.of();

	private LiveConfiguration live = new LiveConfiguration();

	private Configuration candidate = Configuration.NONE;

	private Set<String> wrapped = Set.of();

	private Set<String> added = Set.of();

	private PropertyResolver placeholders = this;

	CandidateEnvironment(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Switch to the properties of a candidate.
	 * @param live the configuration that the candidate would replace
	 * @param candidate the candidate
	 */
	void use(LiveConfiguration live, Configuration candidate) {
		boolean same = this.live == live && this.added.equals(candidate.values().keySet());
		this.live = live;
		this.added = candidate.values().keySet();
		this.candidate = candidate;
		copySources(same);
	}

	Configuration candidate() {
		return this.candidate;
	}

	/**
	 * Call an action that sees the candidate on this thread, also in wrapped property
	 * sources.
	 * @param <T> the type of the result
	 * @param <E> the type of exception that the action throws
	 * @param action the action
	 * @return its result
	 * @throws E if the action throws it
	 */
	@SuppressWarnings("NullAway") // it is the type that says whether the result may be
									// null
	<T extends @Nullable Object, E extends Exception> T during(LiveConfiguration.Action<T, E> action) throws E {
		return (this.wrapped.isEmpty()) ? action.run() : this.live.during(this.candidate, this.wrapped, action);
	}

	/**
	 * Find the properties of wrapped property sources for which the wrapper still returns
	 * the former value, because it has cached it.
	 * @param current the configuration in use
	 * @return the property sources by the name of the property
	 */
	Map<String, PropertySource<?>> cached(Configuration current) {
		Map<String, PropertySource<?>> cached = new LinkedHashMap<>();
		for (PropertySource<?> source : this.copied) {
			if (this.wrapped.contains(source.getName())) {
				Set<String> names = current.of(source.getName()).differences(this.candidate.of(source.getName()));
				for (String name : names) {
					Object former = source.getProperty(name);
					if (Objects.equals(former, during(() -> source.getProperty(name)))) {
						cached.put(name, source);
					}
				}
			}
		}
		return cached;
	}

	private void copySources(boolean same) {
		ConfigurableEnvironment environment = this.context.getEnvironment();
		List<PropertySource<?>> originals = new ArrayList<>();
		for (PropertySource<?> source : environment.getPropertySources()) {
			if (!ConfigurationPropertySources.isAttachedConfigurationPropertySource(source)) {
				originals.add(source);
			}
		}
		if (same && areSame(originals, this.copied)) {
			return;
		}
		this.copied = originals;
		MutablePropertySources sources = getPropertySources();
		List<PropertySource<?>> former = sources.stream().toList();
		former.forEach((source) -> sources.remove(source.getName()));
		Set<String> wrapped = new HashSet<>();
		for (PropertySource<?> source : originals) {
			if (source instanceof LivePropertySource own) {
				sources.addLast(copy(own));
			}
			else {
				sources.addLast(source);
				if (this.live.sources().contains(source.getName())) {
					wrapped.add(source.getName());
				}
			}
		}
		this.wrapped = Set.copyOf(wrapped);
		addNewSources(sources);
		this.placeholders = addLocalProperties(this.context.getBeanFactory(), sources);
		ConfigurationPropertySources.attach(this);
		setActiveProfiles(environment.getActiveProfiles());
		setDefaultProfiles(environment.getDefaultProfiles());
		setConversionService(environment.getConversionService());
	}

	/**
	 * Add sources that a refresh imports for the first time, so that they are rehearsed
	 * before the environment contains them. Their relative order is kept.
	 */
	private void addNewSources(MutablePropertySources sources) {
		String lower = null;
		for (String name : this.candidate.values().keySet()) {
			if (!sources.contains(name)) {
				LivePropertySource added = new LivePropertySource(name, this.live, () -> this.candidate);
				if (lower != null) {
					sources.addBefore(lower, added);
				}
				else {
					sources.addLast(added);
				}
			}
			lower = name;
		}
	}

	private LivePropertySource copy(LivePropertySource source) {
		LiveConfiguration origin = source.getSource();
		return new LivePropertySource(source.getName(), origin,
				() -> (origin == this.live) ? this.candidate : origin.current());
	}

	private static boolean areSame(List<PropertySource<?>> one, List<PropertySource<?>> other) {
		if (one.size() != other.size()) {
			return false;
		}
		for (int i = 0; i < one.size(); i++) {
			if (one.get(i) != other.get(i)) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Spring Boot binds from the local properties of a placeholder configurer if there is
	 * only one; placeholders are resolved from those of all of them.
	 */
	private PropertyResolver addLocalProperties(ListableBeanFactory beans, MutablePropertySources sources) {
		// the only lookup by type whose result the bean factory caches
		String[] configurers = beans.getBeanNamesForType(PropertySourcesPlaceholderConfigurer.class);
		if (configurers.length == 1) {
			addLocalProperties(beans, configurers[0], sources, (source) -> source);
			return this;
		}
		if (configurers.length == 0) {
			return this;
		}
		MutablePropertySources all = new MutablePropertySources();
		sources.forEach(all::addLast);
		for (String configurer : configurers) {
			addLocalProperties(beans, configurer, all, (source) -> new LocalProperties(configurer, source));
		}
		return new PropertySourcesPropertyResolver(all);
	}

	private static void addLocalProperties(ListableBeanFactory beans, String configurer, MutablePropertySources sources,
			UnaryOperator<PropertySource<?>> naming) {
		boolean override = true;
		for (PropertySource<?> source : beans.getBean(configurer, PropertySourcesPlaceholderConfigurer.class)
			.getAppliedPropertySources()) {
			if (!source.getName().equals(PropertySourcesPlaceholderConfigurer.LOCAL_PROPERTIES_PROPERTY_SOURCE_NAME)) {
				override = false;
			}
			else {
				PropertySource<?> named = naming.apply(source);
				if (override) {
					sources.addFirst(named);
				}
				else {
					sources.addLast(named);
				}
			}
		}
	}

	/**
	 * Return the resolver for placeholders of {@code @Value}.
	 * @return the resolver
	 */
	PropertyResolver placeholders() {
		return this.placeholders;
	}

	/**
	 * Find a property with relaxed binding.
	 * @param name the canonical name
	 * @return the property with its origin, {@code null} if there is none
	 */
	@Nullable ConfigurationProperty property(ConfigurationPropertyName name) {
		return property(this, name);
	}

	/**
	 * Find a property of any environment with relaxed binding.
	 * @param environment the environment
	 * @param name the canonical name
	 * @return the property with its origin, {@code null} if there is none
	 */
	static @Nullable ConfigurationProperty property(Environment environment, ConfigurationPropertyName name) {
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			ConfigurationProperty property = source.getConfigurationProperty(name);
			if (property != null) {
				return property;
			}
		}
		return null;
	}

	@Override
	protected void customizePropertySources(MutablePropertySources sources) {
		// All are copied from the environment of the context
	}

	@Override
	protected ConfigurablePropertyResolver createPropertyResolver(MutablePropertySources sources) {
		return ConfigurationPropertySources.createPropertyResolver(sources);
	}

	/**
	 * The local properties of one of several placeholder configurers.
	 */
	private static final class LocalProperties extends PropertySource<PropertySource<?>> {

		LocalProperties(String configurer, PropertySource<?> source) {
			super(source.getName() + " of " + configurer, source);
		}

		@Override
		public @Nullable Object getProperty(String name) {
			return getSource().getProperty(name);
		}

	}

}
