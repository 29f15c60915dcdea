/**
 * Validates the routes of Spring Cloud Gateway before a configuration change is applied.
 */
@NullMarked
package io.github.etcdspring.gateway;

import org.jspecify.annotations.NullMarked;
