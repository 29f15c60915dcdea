/**
 * Programmatic access to configuration in etcd: read, write, history and restore.
 */
@NullMarked
package io.github.etcdspring.operations;

import org.jspecify.annotations.NullMarked;
