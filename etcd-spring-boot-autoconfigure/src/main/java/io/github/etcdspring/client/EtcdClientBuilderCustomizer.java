package io.github.etcdspring.client;

import io.etcd.jetcd.ClientBuilder;

/**
 * Callback to customize the {@link ClientBuilder} of the jetcd client. Also applied to
 * the clients that diagnose endpoints.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface EtcdClientBuilderCustomizer {

	/**
	 * Customize the builder, after the settings of the starter have been applied.
	 * @param builder the builder of the client
	 */
	void customize(ClientBuilder builder);

}
