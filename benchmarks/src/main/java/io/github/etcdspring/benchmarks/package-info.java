/**
 * Figures of the starter, each beside its floor measured in the same run.
 */
@NullMarked
package io.github.etcdspring.benchmarks;

import org.jspecify.annotations.NullMarked;
