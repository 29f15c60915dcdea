/**
 * A lease kept alive, and the keys bound to it. Knows nothing of Spring's container, and
 * its types are public only for the other packages of the starter.
 */
@NullMarked
package io.github.etcdspring.lease;

import org.jspecify.annotations.NullMarked;
