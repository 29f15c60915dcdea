/**
 * Real etcd processes for tests, with fault injection. Internal: published as a
 * dependency of {@code etcd-spring-boot-test}, and may change in any release.
 */
@NullMarked
package io.github.etcdspring.testsupport;

import org.jspecify.annotations.NullMarked;
