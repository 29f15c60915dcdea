/**
 * Reports on the other features to Spring Boot's actuator and to Micrometer.
 */
@NullMarked
package io.github.etcdspring.actuate;

import org.jspecify.annotations.NullMarked;
