package io.github.etcdspring.mirror;

import java.time.Duration;

/**
 * How a mirror makes sure of its watch.
 *
 * @param silence after which the server is asked for a sign of life
 * @param answer how long that may take
 * @param reconcile how often the ranges are listed to be on the safe side, give or take a
 * fifth
 */
record Intervals(Duration silence, Duration answer, Duration reconcile) {

}
