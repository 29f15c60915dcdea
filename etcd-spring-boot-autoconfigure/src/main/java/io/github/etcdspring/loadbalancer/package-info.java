/**
 * Calls through Spring Cloud LoadBalancer: instances that fail are ejected, and calls
 * that never reached an instance are retried at another one.
 */
@NullMarked
package io.github.etcdspring.loadbalancer;

import org.jspecify.annotations.NullMarked;
