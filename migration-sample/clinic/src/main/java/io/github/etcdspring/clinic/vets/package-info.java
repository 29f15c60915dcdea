/**
 * Vets, by JPA.
 */
@NullMarked
package io.github.etcdspring.clinic.vets;

import org.jspecify.annotations.NullMarked;
