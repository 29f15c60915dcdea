package io.github.etcdspring.config;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.PropertySource;

/**
 * Marks the position of the property sources of an import until all other configuration
 * is loaded. The connection to etcd may be configured in a profile-specific file, which
 * Spring Boot loads after the import.
 */
final class ImportPlaceholder extends PropertySource<EtcdConfigDataResource> {

	ImportPlaceholder(EtcdConfigDataResource resource) {
		super("import of " + resource, resource);
	}

	@Override
	public @Nullable Object getProperty(String name) {
		return null;
	}

}
