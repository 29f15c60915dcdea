/**
 * Real etcd processes for tests, with fault injection.
 */
@NullMarked
package io.github.etcdspring.testsupport;

import org.jspecify.annotations.NullMarked;
