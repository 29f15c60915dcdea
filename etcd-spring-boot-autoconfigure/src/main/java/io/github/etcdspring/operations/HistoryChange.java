package io.github.etcdspring.operations;

import org.jspecify.annotations.Nullable;

/**
 * Change of a key in the history.
 *
 * @param key the key
 * @param former the value before the change, {@code null} if the key did not exist
 * @param value the value after the change, {@code null} if the key was deleted
 * @since 0.1.0
 */
public record HistoryChange(String key, @Nullable ConfigValue former, @Nullable ConfigValue value) {

}
