/**
 * In-memory copies of key ranges: list once, then watch. Independent of Spring's
 * container. Its types are public only for the other packages of the starter.
 */
@NullMarked
package io.github.etcdspring.mirror;

import org.jspecify.annotations.NullMarked;
