/**
 * Tests that applications recover from faults of etcd, network and JVM without a restart.
 */
package io.github.etcdspring.faults;
