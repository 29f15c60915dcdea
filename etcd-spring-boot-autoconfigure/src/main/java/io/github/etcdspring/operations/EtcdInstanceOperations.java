package io.github.etcdspring.operations;

import java.time.Instant;
import java.util.List;

import io.github.etcdspring.registry.InstanceOverride;

/**
 * Takes instances out of service or changes their weight, for operators and tools. An
 * override is honored by all callers at once, ends at a given time, and does not outlive
 * its instance. An instance has one override at most.
 * <p>
 * All methods are thread-safe and block the calling thread. The timeout of each request
 * is {@code spring.cloud.etcd.request-timeout} (5 seconds by default). After a failed
 * request, up to 3 further seconds are spent on diagnosing the endpoints. Methods throw
 * {@link EtcdInstanceException} if etcd rejects a request or does not respond, or if the
 * thread is interrupted. A write without a response may have taken effect.
 *
 * @since 0.1.0
 */
public interface EtcdInstanceOperations {

	/**
	 * Stop all calls to an instance, even if it is the last one of its service.
	 * @param service name of the service
	 * @param instanceId id of the instance
	 * @param owner who is responsible, at most 200 characters
	 * @param reason why the instance is not called, at most 200 characters
	 * @param until when it is called again, by the clock of each caller
	 * @return the override
	 * @throws EtcdInstanceException if the instance is not registered, or has an override
	 * of another owner
	 * @throws IllegalArgumentException if owner or reason is empty or too long, or
	 * {@code until} is in the past
	 */
	InstanceOverride takeOutOfService(String service, String instanceId, String owner, String reason, Instant until);

	/**
	 * Replace the weight of an instance.
	 * @param service name of the service
	 * @param instanceId id of the instance
	 * @param weight the weight, at least 1
	 * @param owner who is responsible, at most 200 characters
	 * @param reason why the weight is changed, at most 200 characters
	 * @param until when the instance has its own weight again, by the clock of each
	 * caller
	 * @return the override
	 * @throws EtcdInstanceException if the instance is not registered, or has an override
	 * of another owner
	 * @throws IllegalArgumentException if the weight is less than 1, owner or reason is
	 * empty or too long, or {@code until} is in the past
	 */
	InstanceOverride changeWeight(String service, String instanceId, int weight, String owner, String reason,
			Instant until);

	/**
	 * End the override of an instance now, whoever its owner is.
	 * @param service name of the service
	 * @param instanceId id of the instance
	 * @return whether there was one
	 */
	boolean clear(String service, String instanceId);

	/**
	 * Read all overrides that have not ended. Invalid ones are omitted.
	 * @return an unmodifiable list, ordered by service and instance
	 */
	List<InstanceOverride> list();

}
