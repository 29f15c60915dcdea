package io.github.etcdspring.lock;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Configuration properties for locks.
 *
 * @param enabled Whether to provide a LockRegistry with locks in etcd, if Spring
 * Integration is on the class path and the application defines no other registry.
 * @param prefix Prefix of the keys of all locks.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.lock")
public record EtcdLockProperties(@DefaultValue("true") boolean enabled, @DefaultValue("/locks") String prefix) {

}
