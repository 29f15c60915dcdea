/**
 * Instances of Resilience4j that follow configuration changes.
 */
@NullMarked
package io.github.etcdspring.resilience;

import org.jspecify.annotations.NullMarked;
