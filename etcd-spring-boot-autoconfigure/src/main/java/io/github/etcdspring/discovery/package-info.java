/**
 * Discovery: a catalog of all instances that etcd pushes, and the clients and load
 * balancer that read it.
 */
@NullMarked
package io.github.etcdspring.discovery;

import org.jspecify.annotations.NullMarked;
