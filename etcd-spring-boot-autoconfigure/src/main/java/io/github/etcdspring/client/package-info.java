/**
 * Connection to etcd: creates connection details from properties, and a jetcd client from
 * connection details. {@link io.github.etcdspring.client.EtcdConnection} and
 * {@link io.github.etcdspring.client.EtcdRequestException} are public only for the other
 * packages of the starter.
 */
@NullMarked
package io.github.etcdspring.client;

import org.jspecify.annotations.NullMarked;
