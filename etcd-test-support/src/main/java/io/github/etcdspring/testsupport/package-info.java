/**
 * Real etcd processes for tests, and the faults that tests put them through.
 */
@NullMarked
package io.github.etcdspring.testsupport;

import org.jspecify.annotations.NullMarked;
