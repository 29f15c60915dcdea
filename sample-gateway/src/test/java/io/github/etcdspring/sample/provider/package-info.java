/**
 * A service behind the gateway.
 */
package io.github.etcdspring.sample.provider;
