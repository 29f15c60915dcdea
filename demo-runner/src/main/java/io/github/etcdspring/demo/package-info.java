/**
 * Demo of the starter with real processes: etcd, a consumer and providers.
 */
@NullMarked
package io.github.etcdspring.demo;

import org.jspecify.annotations.NullMarked;
