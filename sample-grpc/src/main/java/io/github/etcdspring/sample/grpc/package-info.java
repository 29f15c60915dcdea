/**
 * Sample services that call each other by gRPC: {@code greeting} and {@code shop}.
 */
@NullMarked
package io.github.etcdspring.sample.grpc;

import org.jspecify.annotations.NullMarked;
