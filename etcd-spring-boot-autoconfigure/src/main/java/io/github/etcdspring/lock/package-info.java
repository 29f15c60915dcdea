/**
 * Locks and leader election with fencing tokens, for Spring Integration.
 */
@NullMarked
package io.github.etcdspring.lock;

import org.jspecify.annotations.NullMarked;
