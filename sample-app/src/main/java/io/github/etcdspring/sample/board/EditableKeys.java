package io.github.etcdspring.sample.board;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * The keys that the board may edit: the configuration of all applications.
 */
@Component
@Profile("consumer")
final class EditableKeys {

	private final String prefix;

	private final String callsPerSecond;

	EditableKeys(@Value("${spring.cloud.etcd.config.prefix:/config}") String prefix,
			@Value("${spring.cloud.etcd.config.name:${spring.application.name}}") String name) {
		this.prefix = prefix + ((prefix.endsWith("/")) ? "" : "/");
		this.callsPerSecond = this.prefix + name + "/shop/calls-per-second";
	}

	/**
	 * Return the common prefix.
	 * @return the prefix, ending with a slash
	 */
	String prefix() {
		return this.prefix;
	}

	/**
	 * Return the key of the call rate, whose effect the board shows at once.
	 * @return the key
	 */
	String callsPerSecond() {
		return this.callsPerSecond;
	}

	boolean isEditable(String key) {
		return key.startsWith(this.prefix) && key.length() > this.prefix.length();
	}

}
