package io.github.etcdspring.benchmarks.load;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.GetOption;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceFormat;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;

/**
 * Keys and values of instances in the format of the starter.
 */
final class Instances {

	static final String PREFIX = "/services/";

	static final String PROBE = "probe";

	private static final InstanceKeys keys = new InstanceKeys(PREFIX);

	private Instances() {
	}

	static Client client(String endpoint) {
		return Client.builder()
			.endpoints(endpoint)
			.keepaliveWithoutCalls(false)
			.maxInboundMessageSize(64 << 20)
			.build();
	}

	static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	static String service(int number) {
		return "service-%04d".formatted(number);
	}

	/**
	 * Return an instance with typical metadata.
	 * @param service name of the service
	 * @param number number of the instance within the service
	 * @param version version metadata, different for each put
	 * @return the instance
	 */
	static EtcdServiceInstance instance(String service, int number, long version) {
		return new EtcdServiceInstance(service, service + "-%012x".formatted(number), "10.0.0." + (number % 250 + 1),
				8080, false, EtcdServiceInstance.UP,
				Map.of("zone", "a", "weight", "2", "version", String.valueOf(version)));
	}

	static ByteSequence key(EtcdServiceInstance instance) {
		return bytes(keys.key(instance.serviceId(), instance.instanceId()));
	}

	static ByteSequence value(EtcdServiceInstance instance) {
		return bytes(InstanceFormat.write(instance));
	}

	static EtcdServiceInstance read(KeyValue entry) {
		InstanceKey name = keys.parse(entry.getKey());
		if (name == null) {
			throw new IllegalStateException("Not an instance key: " + entry.getKey());
		}
		return InstanceFormat.read(name, entry.getValue().getBytes());
	}

	/**
	 * Read all instances without the starter.
	 */
	static Iterable<KeyValue> all(Client client) throws ExecutionException, InterruptedException, TimeoutException {
		return client.getKVClient()
			.get(bytes(PREFIX), GetOption.builder().isPrefix(true).build())
			.get(30, TimeUnit.SECONDS)
			.getKvs();
	}

}
