/**
 * Console of services, configuration and fleet in etcd.
 */
@NullMarked
package io.github.etcdspring.console;

import org.jspecify.annotations.NullMarked;
