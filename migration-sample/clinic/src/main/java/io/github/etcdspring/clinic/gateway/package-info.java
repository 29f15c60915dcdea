/**
 * The one address that browsers call.
 */
@NullMarked
package io.github.etcdspring.clinic.gateway;

import org.jspecify.annotations.NullMarked;
