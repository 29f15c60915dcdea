package io.github.etcdspring.client;

import io.etcd.jetcd.ClientBuilder;

/**
 * Has the last word on the builder of the jetcd client.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface EtcdClientBuilderCustomizer {

	/**
	 * Change the builder, after everything the starter sets on it.
	 * @param builder the builder of the client
	 */
	void customize(ClientBuilder builder);

}
