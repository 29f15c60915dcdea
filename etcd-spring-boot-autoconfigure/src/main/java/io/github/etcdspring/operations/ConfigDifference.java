package io.github.etcdspring.operations;

import org.jspecify.annotations.Nullable;

/**
 * Difference of a key between two states of the configuration.
 *
 * @param key the key, relative to the prefixes of both states
 * @param left value in the first state, {@code null} if the key does not exist there
 * @param right value in the second state, {@code null} if the key does not exist there
 * @since 0.1.0
 */
public record ConfigDifference(String key, @Nullable ConfigValue left, @Nullable ConfigValue right) {

}
