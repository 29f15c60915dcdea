/**
 * A gateway in front of all services. No code refers to etcd: the starter and
 * {@code application.yml} are sufficient.
 */
@NullMarked
package io.github.etcdspring.sample.gateway;

import org.jspecify.annotations.NullMarked;
