package io.github.etcdspring.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;

/**
 * The least that an application does with etcd: a key under a lease, one renewal, and a
 * watch.
 */
final class RawClient implements AutoCloseable {

	private final Client client;

	RawClient(String endpoint) throws Exception {
		this.client = Client.builder().endpoints(endpoint).build();
		long lease = this.client.getLeaseClient().grant(10).get(10, TimeUnit.SECONDS).getID();
		ByteSequence key = ByteSequence.from("/raw/footprint", StandardCharsets.UTF_8);
		this.client.getWatchClient().watch(key, WatchOption.DEFAULT, (response) -> {
		});
		this.client.getKVClient()
			.put(key, key, PutOption.builder().withLeaseId(lease).build())
			.get(10, TimeUnit.SECONDS);
		this.client.getKVClient().get(key).get(10, TimeUnit.SECONDS);
		this.client.getLeaseClient().keepAliveOnce(lease).get(10, TimeUnit.SECONDS);
	}

	@Override
	public void close() {
		this.client.close();
	}

}
