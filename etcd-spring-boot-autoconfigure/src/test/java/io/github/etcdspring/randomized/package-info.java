/**
 * Runs whose faults and changes are drawn by lot, and what has to hold all the time.
 */
package io.github.etcdspring.randomized;
