/**
 * Plays the promises of the starter against a real etcd cluster.
 */
@NullMarked
package io.github.etcdspring.demo;

import org.jspecify.annotations.NullMarked;
