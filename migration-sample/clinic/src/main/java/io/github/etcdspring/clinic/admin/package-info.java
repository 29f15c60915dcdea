/**
 * Spring Boot Admin for the other services.
 */
@NullMarked
package io.github.etcdspring.clinic.admin;

import org.jspecify.annotations.NullMarked;
