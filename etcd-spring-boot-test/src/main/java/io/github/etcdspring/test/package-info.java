/**
 * Provides etcd to tests with {@link io.github.etcdspring.test.WithEtcd @WithEtcd}, and
 * makes service connections of Testcontainers and Docker Compose available to
 * {@code spring.config.import=etcd:}, which is read before Spring Boot creates them.
 */
@NullMarked
package io.github.etcdspring.test;

import org.jspecify.annotations.NullMarked;
