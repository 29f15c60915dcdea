/**
 * Owners of pets, by JPA.
 */
@NullMarked
package io.github.etcdspring.clinic.customers;

import org.jspecify.annotations.NullMarked;
