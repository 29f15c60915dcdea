package io.github.etcdspring.client;

import io.grpc.ClientInterceptor;

/**
 * Observes the requests to etcd. Unlike a customizer, it can be added to a client that
 * already exists. Public only for the actuator.
 */
public interface CallObserver extends ClientInterceptor {

}
