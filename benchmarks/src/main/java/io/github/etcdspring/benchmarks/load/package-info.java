/**
 * What applications cost etcd and themselves when there are many of them.
 */
@NullMarked
package io.github.etcdspring.benchmarks.load;

import org.jspecify.annotations.NullMarked;
