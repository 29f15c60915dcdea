package io.github.etcdspring.config;

import org.jspecify.annotations.Nullable;

/**
 * Answer of an instance to proposed changes of its configuration, or to a rollout that
 * targets it.
 *
 * @param id id of the proposal or rollout
 * @param key the key at fault, {@code null} if it is not known
 * @param reason why the instance rejects the changes or asks for the end of the rollout,
 * without any value; {@code null} if it would apply the proposed changes, or has applied
 * those of the rollout
 * @since 0.1.0
 */
public record ChangeAnswer(String id, @Nullable String key, @Nullable String reason) {

	/**
	 * Return whether the instance agrees.
	 * @return whether there is no reason against the changes
	 */
	public boolean isAccepted() {
		return this.reason == null;
	}

}
