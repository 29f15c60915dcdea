package io.github.etcdspring.config;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.config.ConfigData;
import org.springframework.boot.context.config.ConfigData.Option;
import org.springframework.boot.context.config.ConfigData.PropertySourceOptions;
import org.springframework.boot.context.config.ConfigDataLoader;
import org.springframework.boot.context.config.ConfigDataLoaderContext;
import org.springframework.core.env.PropertySource;

/**
 * Adds a placeholder at the position of the property sources of an import. etcd is read
 * later, by {@link EtcdConfigEnvironmentPostProcessor}.
 */
final class EtcdConfigDataLoader implements ConfigDataLoader<EtcdConfigDataResource> {

	@Override
	public ConfigData load(ConfigDataLoaderContext context, EtcdConfigDataResource resource) {
		// profile-specific documents must not activate profiles, and keys written by
		// other tools must not fail the start
		Set<Option> options = EnumSet.of(Option.IGNORE_IMPORTS, Option.IGNORE_PROFILES);
		if (resource.isProfileSpecific()) {
			options.add(Option.PROFILE_SPECIFIC);
		}
		return new ConfigData(List.of(new Placeholder(resource)),
				PropertySourceOptions.always(options.toArray(Option[]::new)));
	}

	/**
	 * Marks the position of the property sources of an import until all other
	 * configuration is loaded. The connection to etcd may be configured in a
	 * profile-specific file, which Spring Boot loads after the import.
	 */
	static final class Placeholder extends PropertySource<EtcdConfigDataResource> {

		Placeholder(EtcdConfigDataResource resource) {
			super("import of " + resource, resource);
		}

		@Override
		public @Nullable Object getProperty(String name) {
			return null;
		}

	}

}
