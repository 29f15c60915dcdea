package io.github.etcdspring.config;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.PropertySource;

/**
 * Keeps the place of the property sources of an import until all configuration of the
 * application is known that is not in etcd: the connection to etcd may be configured in a
 * file of a profile, which Spring Boot loads after the import.
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
