/**
 * Keeps a lease alive, and the keys bound to it. Does not depend on Spring's container.
 * Internal: its types are public only for the other packages of the starter.
 */
@NullMarked
package io.github.etcdspring.lease;

import org.jspecify.annotations.NullMarked;
