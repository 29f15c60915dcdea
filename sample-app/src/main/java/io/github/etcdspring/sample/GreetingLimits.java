package io.github.etcdspring.sample;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * Limits of the service {@code greeting}, which rejects configuration beyond them.
 *
 * @param work simulated duration of a request
 * @param maxWork longest permitted duration of a request
 */
@ConfigurationProperties("greeting")
record GreetingLimits(@DefaultValue("5ms") Duration work, @DefaultValue("10s") Duration maxWork) {

	GreetingLimits {
		Assert.isTrue(work.compareTo(maxWork) <= 0, "'work' must not be longer than 'maxWork'");
	}

}
