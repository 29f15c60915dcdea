/**
 * Rollouts: changes of the configuration that some instances apply first. A process with
 * permission to write the keys drives the rollout, elected under a lease.
 */
@NullMarked
package io.github.etcdspring.rollout;

import org.jspecify.annotations.NullMarked;
