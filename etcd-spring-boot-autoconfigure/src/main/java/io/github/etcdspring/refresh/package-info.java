/**
 * Transactional refresh of a running Spring application: a candidate configuration is
 * rehearsed as a whole, and either becomes what the application uses or is rejected.
 * Knows Spring, and no client of etcd.
 */
@NullMarked
package io.github.etcdspring.refresh;

import org.jspecify.annotations.NullMarked;
