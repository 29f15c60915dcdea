package io.github.etcdspring.discovery;

import io.github.etcdspring.registry.EtcdServiceInstance;
import org.jspecify.annotations.Nullable;

/**
 * Receives changes of single instances on the thread of the mirror, before callers see
 * them. The first list is no change. Internal: public only for the load balancer.
 */
@FunctionalInterface
public interface InstanceListener {

	/**
	 * The key of an instance was put or removed.
	 * @param previous the last known value, {@code null} if there was none
	 * @param current the new value, {@code null} if the key was removed or holds no
	 * instance
	 * @param orderly whether a removed key was marked before by a graceful shutdown
	 */
	void changed(@Nullable EtcdServiceInstance previous, @Nullable EtcdServiceInstance current, boolean orderly);

}
