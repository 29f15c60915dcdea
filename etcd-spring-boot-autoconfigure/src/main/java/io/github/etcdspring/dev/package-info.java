/**
 * Connects to an etcd that runs in a container while an application is developed or
 * tested: service connections of Testcontainers and Docker Compose, which serve
 * {@code spring.config.import=etcd:} as well.
 */
@NullMarked
package io.github.etcdspring.dev;

import org.jspecify.annotations.NullMarked;
