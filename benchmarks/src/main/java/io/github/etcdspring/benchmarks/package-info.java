/**
 * Benchmarks of the starter, each compared with a floor measured in the same run.
 */
@NullMarked
package io.github.etcdspring.benchmarks;

import org.jspecify.annotations.NullMarked;
