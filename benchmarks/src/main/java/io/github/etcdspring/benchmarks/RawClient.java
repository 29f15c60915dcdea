package io.github.etcdspring.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;

/**
 * The requests of an application that registers with jetcd alone: a key under a lease
 * that no other process has, one keep-alive, a read, and a watch.
 */
final class RawClient {

	private RawClient() {
	}

	/** Leaves the client open, as a running application does. */
	static void use(String endpoint) throws Exception {
		Client client = Client.builder().endpoints(endpoint).build();
		long lease = client.getLeaseClient().grant(60).get(10, TimeUnit.SECONDS).getID();
		ByteSequence key = ByteSequence.from("/raw/footprint", StandardCharsets.UTF_8);
		client.getWatchClient().watch(key, WatchOption.DEFAULT, (response) -> {
		});
		client.getKVClient()
			.txn()
			.If(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.version(0)))
			.Then(Op.put(key, key, PutOption.builder().withLeaseId(lease).build()))
			.commit()
			.get(10, TimeUnit.SECONDS);
		client.getKVClient().get(key).get(10, TimeUnit.SECONDS);
		client.getLeaseClient().keepAliveOnce(lease).get(10, TimeUnit.SECONDS);
	}

}
