/**
 * Configuration from etcd that follows etcd: imported at start, and changed as a whole or
 * not at all.
 */
@NullMarked
package io.github.etcdspring.config;

import org.jspecify.annotations.NullMarked;
