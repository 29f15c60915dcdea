/**
 * The fleet: which revision of the configuration each instance has applied or rejected,
 * in a key under the lease of the instance.
 */
@NullMarked
package io.github.etcdspring.fleet;

import org.jspecify.annotations.NullMarked;
