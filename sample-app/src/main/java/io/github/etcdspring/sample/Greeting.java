package io.github.etcdspring.sample;

import org.jspecify.annotations.Nullable;

/**
 * Response of the service {@code greeting}.
 *
 * @param message the greeting
 * @param instance id of the instance that responded
 * @param port port of the instance
 */
record Greeting(String message, @Nullable String instance, int port) {

}
