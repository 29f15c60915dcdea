/**
 * Live board: a page with instances, calls, configuration and the state of the connection
 * to etcd.
 */
@NullMarked
package io.github.etcdspring.sample.board;

import org.jspecify.annotations.NullMarked;
