/**
 * A service that registers itself and another that calls it by name. Nothing here knows
 * of etcd: the starter and {@code application.yml} are all there is to it.
 */
@NullMarked
package io.github.etcdspring.sample;

import org.jspecify.annotations.NullMarked;
