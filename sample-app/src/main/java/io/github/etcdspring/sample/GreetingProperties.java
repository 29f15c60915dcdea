package io.github.etcdspring.sample;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the service {@code greeting}.
 *
 * @param message message of the greeting
 * @param work simulated duration of a request
 */
@ConfigurationProperties("greeting")
record GreetingProperties(@DefaultValue("Hello") String message, @DefaultValue("5ms") Duration work) {

}
