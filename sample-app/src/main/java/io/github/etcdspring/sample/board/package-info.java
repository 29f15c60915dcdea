/**
 * A page that shows live what the starter knows and does: instances, calls,
 * configuration, and how all of it stands with etcd.
 */
@NullMarked
package io.github.etcdspring.sample.board;

import org.jspecify.annotations.NullMarked;
