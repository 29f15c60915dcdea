package io.github.etcdspring.sample;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How to greet.
 *
 * @param message the greeting
 * @param work how long it takes
 */
@ConfigurationProperties("greeting")
record GreetingProperties(@DefaultValue("Hello") String message, @DefaultValue("5ms") Duration work) {

}
