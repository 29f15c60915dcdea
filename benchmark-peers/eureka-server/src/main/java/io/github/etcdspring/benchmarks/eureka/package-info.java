/**
 * The server of Eureka.
 */
@NullMarked
package io.github.etcdspring.benchmarks.eureka;

import org.jspecify.annotations.NullMarked;
