package io.github.etcdspring.test;

import java.util.List;

import io.github.etcdspring.client.EtcdConnectionDetails;

/**
 * Details to connect to the etcd of a test.
 *
 * @param endpoint the only endpoint
 */
record TestEtcdConnectionDetails(String endpoint) implements EtcdConnectionDetails {

	@Override
	public List<String> getEndpoints() {
		return List.of(this.endpoint);
	}

}
