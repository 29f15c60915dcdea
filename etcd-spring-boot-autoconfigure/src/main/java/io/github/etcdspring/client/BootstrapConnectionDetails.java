package io.github.etcdspring.client;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;

/**
 * Finds {@link EtcdConnectionDetails} while there is no application context yet. Looked
 * for in the bootstrap context, and public only for the other packages of the starter.
 */
@FunctionalInterface
public interface BootstrapConnectionDetails {

	/**
	 * Find the details.
	 * @param binder binds what has been configured so far
	 * @return the details, {@code null} to connect as the properties say
	 */
	@Nullable EtcdConnectionDetails find(Binder binder);

}
