/**
 * A service that registers itself, calls others by name and follows its configuration.
 */
@NullMarked
package io.github.etcdspring.sample;

import org.jspecify.annotations.NullMarked;
