/**
 * Service registration: keeps this application's instance in etcd, attached to a lease,
 * while it accepts traffic.
 */
@NullMarked
package io.github.etcdspring.registry;

import org.jspecify.annotations.NullMarked;
