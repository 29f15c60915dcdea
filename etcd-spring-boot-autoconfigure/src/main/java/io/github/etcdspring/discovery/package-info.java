/**
 * Service discovery: an in-memory catalog of all instances, updated by a watch, and the
 * discovery clients and load balancer integration that read it.
 */
@NullMarked
package io.github.etcdspring.discovery;

import org.jspecify.annotations.NullMarked;
