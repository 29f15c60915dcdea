package io.github.etcdspring.rollout;

import org.jspecify.annotations.Nullable;

/**
 * State of a rollout.
 *
 * @param state the state
 * @param reason why it was stopped, without any value; {@code null} in other states
 * @since 0.1.0
 */
public record RolloutOutcome(State state, @Nullable String reason) {

	/**
	 * State of a rollout.
	 */
	public enum State {

		/**
		 * Some instances apply the changes, or are about to.
		 */
		RUNNING,

		/**
		 * The changes are written, and apply to all instances.
		 */
		WRITTEN,

		/**
		 * Nothing has been written, and no instance applies the changes any more.
		 */
		STOPPED

	}

}
