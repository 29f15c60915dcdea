package io.github.etcdspring.rollout;

import io.github.etcdspring.operations.EtcdConfigConflictException;
import io.github.etcdspring.operations.EtcdConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Rolls out changes of configuration: some instances apply them first, and they are
 * written for all if none of those objects. A rollout ends on all instances at once if
 * one of them rejects the changes, is down, violates a check of the plan or ends, or if
 * somebody stops it.
 * <p>
 * All methods are thread-safe and block the calling thread, and throw
 * {@link EtcdConfigException} if etcd rejects a request or does not respond, or if the
 * thread is interrupted.
 *
 * @since 0.1.0
 */
public interface EtcdRolloutOperations {

	/**
	 * Start a rollout. This process drives it until it ends or the application stops;
	 * then an instance takes over that imports the keys and may write them. Without any,
	 * it is stopped within a minute.
	 * @param plan what to roll out
	 * @return the rollout
	 * @throws EtcdConfigConflictException if a key is not at its expected revision
	 * @throws IllegalArgumentException if the plan has no step, or a key has no directory
	 */
	ConfigRollout start(RolloutPlan plan);

	/**
	 * Return the rollout that changes keys in the directory of a key. There is at most
	 * one.
	 * @param key a key, such as {@code /config/orders/greeting}
	 * @return the rollout, {@code null} if there is none
	 */
	@Nullable ConfigRollout find(String key);

}
