package io.github.etcdspring.sample;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the service {@code shop}.
 *
 * @param callsPerSecond rate of generated calls of the service {@code greeting}, from 0
 * to 100
 */
@ConfigurationProperties("shop")
record ShopProperties(@DefaultValue("0") int callsPerSecond) {

	ShopProperties {
		if (callsPerSecond < 0 || callsPerSecond > 100) {
			throw new IllegalArgumentException("'calls-per-second' must be between 0 and 100");
		}
	}

}
