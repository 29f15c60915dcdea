/**
 * Transactional refresh of a running Spring application: a candidate configuration is
 * validated as a whole, and then either applied or rejected as a whole. Depends on
 * Spring, but on no client of etcd.
 */
@NullMarked
package io.github.etcdspring.refresh;

import org.jspecify.annotations.NullMarked;
