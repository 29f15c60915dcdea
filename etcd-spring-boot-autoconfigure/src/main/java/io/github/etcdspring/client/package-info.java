/**
 * Connects to etcd: properties become connection details, and these become one jetcd
 * client. {@link io.github.etcdspring.client.EtcdConnection} and
 * {@link io.github.etcdspring.client.EtcdRequestException} are public only for the other
 * packages of the starter.
 */
@NullMarked
package io.github.etcdspring.client;

import org.jspecify.annotations.NullMarked;
