/**
 * Import of configuration from etcd, which is watched afterwards. A change is applied as
 * a whole or not at all.
 */
@NullMarked
package io.github.etcdspring.config;

import org.jspecify.annotations.NullMarked;
