package io.github.etcdspring.client;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;

/**
 * Finds {@link EtcdConnectionDetails} before the application context exists. An instance
 * in the bootstrap context is used when configuration is imported. Internal: public only
 * for {@code etcd-spring-boot-test}.
 */
@FunctionalInterface
public interface BootstrapConnectionDetailsResolver {

	/**
	 * Find the details.
	 * @param binder binds the properties loaded so far
	 * @return the details, or {@code null} to use the connection properties
	 */
	@Nullable EtcdConnectionDetails find(Binder binder);

}
