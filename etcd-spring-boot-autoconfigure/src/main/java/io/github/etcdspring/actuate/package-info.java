/**
 * Health indicators, an Actuator endpoint and Micrometer meters of the other packages.
 */
@NullMarked
package io.github.etcdspring.actuate;

import org.jspecify.annotations.NullMarked;
