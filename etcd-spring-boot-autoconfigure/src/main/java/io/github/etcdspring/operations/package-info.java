/**
 * Reads and writes configuration in etcd from code, with history and restore.
 */
@NullMarked
package io.github.etcdspring.operations;

import org.jspecify.annotations.NullMarked;
