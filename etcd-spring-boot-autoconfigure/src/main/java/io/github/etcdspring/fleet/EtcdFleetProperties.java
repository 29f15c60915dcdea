package io.github.etcdspring.fleet;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Configuration properties for the fleet.
 *
 * @param enabled Whether each instance that imports configuration publishes which
 * revision it has applied or rejected.
 * @param prefix Prefix of the keys of all instances.
 * @param publishProperties Whether to publish names, types and constraints of the
 * configuration properties of this application.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.fleet")
public record EtcdFleetProperties(@DefaultValue("true") boolean enabled, @DefaultValue("/fleet") String prefix,
		@DefaultValue("false") boolean publishProperties) {

}
