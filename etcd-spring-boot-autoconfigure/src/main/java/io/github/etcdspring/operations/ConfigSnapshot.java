package io.github.etcdspring.operations;

import java.time.Instant;

/**
 * Named snapshot of all keys with a prefix, which etcd keeps until it is deleted.
 *
 * @param name the name
 * @param time when the snapshot was saved
 * @param state the keys with their values, and only with hashes where the values are
 * secrets
 * @since 0.1.0
 */
public record ConfigSnapshot(String name, Instant time, ConfigState state) {

}
