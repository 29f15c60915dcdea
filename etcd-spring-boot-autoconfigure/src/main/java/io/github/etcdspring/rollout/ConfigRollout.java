package io.github.etcdspring.rollout;

import java.time.Duration;

import io.github.etcdspring.operations.EtcdConfigException;
import org.jspecify.annotations.Nullable;

/**
 * A rollout. It goes on without this object, and without the process that has started it
 * if another one can drive it.
 * <p>
 * All methods are thread-safe and block the calling thread. They throw
 * {@link EtcdConfigException} if etcd rejects a request or does not respond, or if the
 * thread is interrupted.
 *
 * @since 0.1.0
 */
public interface ConfigRollout {

	/**
	 * Return the id of the rollout.
	 * @return the id
	 */
	String id();

	/**
	 * Return how far the rollout is.
	 * @return the status, {@code null} if it has ended
	 */
	@Nullable RolloutStatus status();

	/**
	 * Wait until the rollout has ended.
	 * @param timeout how long to wait
	 * @return the state, {@link RolloutOutcome.State#RUNNING} if it has not ended in time
	 */
	RolloutOutcome await(Duration timeout);

	/**
	 * Stop the rollout: all instances return to the configuration without the changes.
	 * @param reason why, for the log of the instances and those who wait; must not
	 * contain values
	 * @return the state, which is {@link RolloutOutcome.State#WRITTEN} if that was
	 * earlier
	 */
	RolloutOutcome stop(String reason);

}
