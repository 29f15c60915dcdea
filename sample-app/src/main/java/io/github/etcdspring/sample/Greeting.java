package io.github.etcdspring.sample;

import org.jspecify.annotations.Nullable;

/**
 * A greeting, and which instance of the service answered.
 *
 * @param message the greeting
 * @param instance identifier of the instance
 * @param port port of the instance
 */
record Greeting(String message, @Nullable String instance, int port) {

}
