package io.github.etcdspring.sample;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How busy the shop is.
 *
 * @param callsPerSecond how often it calls the greeting without being asked to, between 0
 * and 100
 */
@ConfigurationProperties("shop")
record ShopProperties(@DefaultValue("0") int callsPerSecond) {

	ShopProperties {
		if (callsPerSecond < 0 || callsPerSecond > 100) {
			throw new IllegalArgumentException("The shop makes between 0 and 100 calls a second");
		}
	}

}
