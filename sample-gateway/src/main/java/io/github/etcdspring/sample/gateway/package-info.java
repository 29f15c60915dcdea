/**
 * A gateway in front of all services. Nothing here knows of etcd: the starter and
 * {@code application.yml} are all there is to it.
 */
@NullMarked
package io.github.etcdspring.sample.gateway;

import org.jspecify.annotations.NullMarked;
