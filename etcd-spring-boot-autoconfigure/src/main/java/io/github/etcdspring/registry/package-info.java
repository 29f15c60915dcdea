/**
 * Registration: puts this application's instance under a lease, for as long as it accepts
 * traffic.
 */
@NullMarked
package io.github.etcdspring.registry;

import org.jspecify.annotations.NullMarked;
