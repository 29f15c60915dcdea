package io.github.etcdspring.loadbalancer;

import java.time.Instant;

/**
 * An instance that this application currently does not call. Public only for the
 * actuator.
 *
 * @param service name of the service
 * @param host host of the instance
 * @param port port of the instance
 * @param reason failure of the last call
 * @param failures number of failures since the last response
 * @param since when the instance was ejected
 */
public record EjectedInstance(String service, String host, int port, String reason, int failures, Instant since) {

}
