/**
 * A service that registers itself and another one that calls it by name. No code refers
 * to etcd: the starter and {@code application.yml} are sufficient.
 */
@NullMarked
package io.github.etcdspring.sample;

import org.jspecify.annotations.NullMarked;
