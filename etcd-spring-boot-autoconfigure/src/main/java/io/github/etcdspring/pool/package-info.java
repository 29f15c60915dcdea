/**
 * Connection and thread pools that follow configuration changes.
 */
@NullMarked
package io.github.etcdspring.pool;

import org.jspecify.annotations.NullMarked;
