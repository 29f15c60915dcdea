package io.github.etcdspring.registry;

/**
 * Service name and instance id of a key. Internal: public only for the catalog.
 *
 * @param serviceId name of the service
 * @param instanceId identifier of the instance
 */
public record InstanceKey(String serviceId, String instanceId) {

}
