/**
 * Load tests: a large catalog, many applications, and many calls.
 */
@NullMarked
package io.github.etcdspring.benchmarks.load;

import org.jspecify.annotations.NullMarked;
