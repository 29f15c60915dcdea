package io.github.etcdspring.refresh;

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
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * The environment as it would be with another configuration. The application never sees
 * it.
 */
final class CandidateEnvironment extends StandardEnvironment {

	private CandidateEnvironment() {
	}

	/**
	 * The environment of an application with a configuration that may not be in force.
	 * @param context the application
	 * @param candidate the configuration
	 * @return a copy of its environment
	 */
	static CandidateEnvironment of(ConfigurableApplicationContext context, Configuration candidate) {
		ConfigurableEnvironment live = context.getEnvironment();
		CandidateEnvironment copy = new CandidateEnvironment();
		MutablePropertySources sources = copy.getPropertySources();
		for (PropertySource<?> source : live.getPropertySources()) {
			if (!ConfigurationPropertySources.isAttachedConfigurationPropertySource(source)) {
				sources.addLast((source instanceof LivePropertySource etcd) ? etcd.at(candidate) : source);
			}
		}
		addNewSources(candidate, sources);
		addLocalProperties(context.getBeanFactory(), sources);
		ConfigurationPropertySources.attach(copy);
		copy.setActiveProfiles(live.getActiveProfiles());
		copy.setDefaultProfiles(live.getDefaultProfiles());
		copy.setConversionService(live.getConversionService());
		return copy;
	}

	/**
	 * Add sources that a refresh is just importing: their values are tried out before the
	 * environment has them. Each goes next to its neighbor of the same order.
	 */
	private static void addNewSources(Configuration candidate, MutablePropertySources sources) {
		String lower = null;
		for (String name : candidate.values().keySet()) {
			if (!sources.contains(name)) {
				LivePropertySource added = new LivePropertySource(name, () -> candidate);
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

	/** Boot binds from them too if there is one place where they are given. */
	private static void addLocalProperties(ListableBeanFactory beans, MutablePropertySources sources) {
		// the only way to ask that the bean factory remembers the answer of
		String[] configurers = beans.getBeanNamesForType(PropertySourcesPlaceholderConfigurer.class);
		if (configurers.length != 1) {
			return;
		}
		boolean override = true;
		for (PropertySource<?> source : beans.getBean(configurers[0], PropertySourcesPlaceholderConfigurer.class)
			.getAppliedPropertySources()) {
			if (!source.getName().equals(PropertySourcesPlaceholderConfigurer.LOCAL_PROPERTIES_PROPERTY_SOURCE_NAME)) {
				override = false;
			}
			else if (override) {
				sources.addFirst(source);
			}
			else {
				sources.addLast(source);
			}
		}
	}

	/**
	 * A property, found by any of its names.
	 * @param name the name
	 * @return the property with its origin, {@code null} if there is none
	 */
	@Nullable ConfigurationProperty property(ConfigurationPropertyName name) {
		return property(this, name);
	}

	/**
	 * A property of any environment, found by any of its names.
	 * @param environment the environment
	 * @param name the name
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
		// All of them are taken from the environment that this is a copy of
	}

	@Override
	protected ConfigurablePropertyResolver createPropertyResolver(MutablePropertySources sources) {
		return ConfigurationPropertySources.createPropertyResolver(sources);
	}

}
