/**
 * gRPC clients by service name: channels whose target is {@code etcd:///orders} follow
 * the instances of that service in etcd.
 */
@NullMarked
package io.github.etcdspring.grpc;

import org.jspecify.annotations.NullMarked;
