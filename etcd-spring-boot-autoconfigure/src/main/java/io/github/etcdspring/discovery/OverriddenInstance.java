package io.github.etcdspring.discovery;

import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceOverride;

/**
 * Instance whose status or weight an operator has overridden.
 *
 * @param registered the instance as registered
 * @param override the override that applies to it
 */
record OverriddenInstance(EtcdServiceInstance registered, InstanceOverride override) {

}
