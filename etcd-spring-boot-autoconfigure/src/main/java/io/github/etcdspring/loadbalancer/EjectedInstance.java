package io.github.etcdspring.loadbalancer;

import java.time.Instant;

/**
 * An instance that this application does not call at the moment. Public only for the
 * reports of the actuator.
 *
 * @param service name of the service
 * @param host host of the instance
 * @param port port of the instance
 * @param reason what the last call failed with
 * @param failures number of failures since the instance answered last
 * @param since when the instance was ejected
 */
public record EjectedInstance(String service, String host, int port, String reason, int failures, Instant since) {

}
