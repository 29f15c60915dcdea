/**
 * Command line for configuration in etcd.
 */
@NullMarked
package io.github.etcdspring.cli;

import org.jspecify.annotations.NullMarked;
