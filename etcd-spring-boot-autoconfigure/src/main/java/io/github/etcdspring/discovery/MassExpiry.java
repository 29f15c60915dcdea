package io.github.etcdspring.discovery;

import java.time.Instant;
import java.util.List;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Instances of a service that vanished from etcd at once, without a graceful shutdown.
 *
 * @param instances the instances that are not registered again, immutable
 * @param until when load balancers stop calling them as a last resort
 */
public record MassExpiry(List<ServiceInstance> instances, Instant until) {

}
