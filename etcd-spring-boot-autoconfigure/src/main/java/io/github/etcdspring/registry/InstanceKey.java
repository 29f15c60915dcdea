package io.github.etcdspring.registry;

/**
 * Names that the key of an instance consists of. Internal: public only for the catalog.
 *
 * @param serviceId name of the service
 * @param instanceId identifier of the instance
 */
public record InstanceKey(String serviceId, String instanceId) {

}
