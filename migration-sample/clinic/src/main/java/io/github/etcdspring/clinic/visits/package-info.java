/**
 * Visits of pets, by JPA.
 */
@NullMarked
package io.github.etcdspring.clinic.visits;

import org.jspecify.annotations.NullMarked;
