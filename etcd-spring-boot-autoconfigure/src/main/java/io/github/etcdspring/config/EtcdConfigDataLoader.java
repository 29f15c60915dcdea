package io.github.etcdspring.config;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import io.github.etcdspring.client.EtcdUnavailableException;

import org.springframework.boot.context.config.ConfigData;
import org.springframework.boot.context.config.ConfigData.Option;
import org.springframework.boot.context.config.ConfigData.PropertySourceOptions;
import org.springframework.boot.context.config.ConfigDataLoader;
import org.springframework.boot.context.config.ConfigDataLoaderContext;
import org.springframework.boot.context.config.ConfigDataResourceNotFoundException;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.context.aot.AbstractAotProcessor;

/**
 * Makes each context a property source that says what etcd says, also where it does not
 * exist yet.
 */
final class EtcdConfigDataLoader implements ConfigDataLoader<EtcdConfigDataResource> {

	private final DeferredLogFactory logs;

	EtcdConfigDataLoader(DeferredLogFactory logs) {
		this.logs = logs;
	}

	@Override
	public ConfigData load(ConfigDataLoaderContext loaderContext, EtcdConfigDataResource resource) {
		ConfigContext context = resource.context();
		if (context == null) {
			return ConfigData.EMPTY;
		}
		ConfigImport configImport = ConfigImport.in(loaderContext.getBootstrapContext());
		if (!Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			try {
				configImport.read(loaderContext.getBootstrapContext(), resource, this.logs.getLog(ConfigImport.class));
			}
			catch (EtcdUnavailableException ex) {
				throw new ConfigDataResourceNotFoundException(resource, ex);
			}
		}
		// a profile is not chosen by what depends on profiles, and keys of other
		// applications' tools must not end the start
		Set<Option> options = EnumSet.of(Option.IGNORE_IMPORTS, Option.IGNORE_PROFILES);
		if (resource.profileSpecific()) {
			options.add(Option.PROFILE_SPECIFIC);
		}
		return new ConfigData(List.of(configImport.store().propertySource(context.sourceName())),
				PropertySourceOptions.always(options.toArray(Option[]::new)));
	}

}
