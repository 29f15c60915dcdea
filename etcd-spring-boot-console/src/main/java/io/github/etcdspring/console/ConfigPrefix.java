package io.github.etcdspring.console;

import io.github.etcdspring.config.EtcdConfigProperties;

/**
 * Prefix of the configuration keys of all applications.
 */
final class ConfigPrefix {

	private ConfigPrefix() {
	}

	static String of(EtcdConfigProperties properties) {
		String prefix = properties.prefix();
		return (prefix.endsWith("/")) ? prefix : prefix + "/";
	}

}
