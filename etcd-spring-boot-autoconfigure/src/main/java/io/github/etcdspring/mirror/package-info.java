/**
 * Copies of parts of the key space: list once, then watch. Knows nothing of Spring's
 * container, and its types are public only for the other packages of the starter.
 */
@NullMarked
package io.github.etcdspring.mirror;

import org.jspecify.annotations.NullMarked;
