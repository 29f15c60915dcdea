package io.github.etcdspring.config;

import org.jspecify.annotations.Nullable;

/**
 * Answer of an instance to proposed changes of its configuration.
 *
 * @param proposal id of the proposal
 * @param key the key at fault, {@code null} if it is not known
 * @param reason why the instance would reject the changes, without any value;
 * {@code null} if it would apply them
 * @since 0.1.0
 */
public record ProposalAnswer(String proposal, @Nullable String key, @Nullable String reason) {

	/**
	 * Return whether the instance would apply the changes.
	 * @return whether it would
	 */
	public boolean isAccepted() {
		return this.reason == null;
	}

}
