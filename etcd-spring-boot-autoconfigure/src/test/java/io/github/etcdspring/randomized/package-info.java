/**
 * Randomized test runs with faults and actions, and the invariants that they check.
 */
package io.github.etcdspring.randomized;
