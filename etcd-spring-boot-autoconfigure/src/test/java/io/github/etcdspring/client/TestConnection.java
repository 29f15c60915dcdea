package io.github.etcdspring.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.PutOption;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * Connection of an application without other beans.
 */
public final class TestConnection implements AutoCloseable {

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private TestConnection(List<String> properties, EtcdClientBuilderCustomizer... customizers) {
		TestPropertyValues.of(properties).applyTo(this.context);
		this.context.register(SslAutoConfiguration.class, EtcdAutoConfiguration.class);
		for (int i = 0; i < customizers.length; i++) {
			EtcdClientBuilderCustomizer customizer = customizers[i];
			this.context.registerBean("customizer" + i, EtcdClientBuilderCustomizer.class, () -> customizer);
		}
		this.context.refresh();
	}

	public static TestConnection to(String endpoint, String... properties) {
		return to(List.of(endpoint), properties);
	}

	/**
	 * Connects with further properties.
	 * @param endpoints where to connect to
	 * @param properties the properties, without the prefix of the starter unless it is
	 * another one
	 */
	public static TestConnection to(List<String> endpoints, String... properties) {
		return new TestConnection(properties(endpoints, properties));
	}

	public static TestConnection to(String endpoint, EtcdClientBuilderCustomizer customizer, String... properties) {
		return new TestConnection(properties(List.of(endpoint), properties), customizer);
	}

	private static List<String> properties(List<String> endpoints, String... properties) {
		List<String> all = new ArrayList<>();
		all.add("spring.cloud.etcd.endpoints=" + String.join(",", endpoints));
		for (String property : properties) {
			all.add((property.startsWith("spring.")) ? property : "spring.cloud.etcd." + property);
		}
		return all;
	}

	public EtcdConnection get() {
		return this.context.getBean(EtcdConnection.class);
	}

	public Client client() {
		return this.context.getBean(Client.class);
	}

	public void put(String key, String value) {
		await(client().getKVClient().put(bytes(key), bytes(value)));
	}

	public void put(String key, String value, long lease) {
		await(client().getKVClient().put(bytes(key), bytes(value), PutOption.builder().withLeaseId(lease).build()));
	}

	public void delete(String key) {
		await(client().getKVClient().delete(bytes(key)));
	}

	/**
	 * Puts and deletes in one transaction.
	 * @param values values by key, where an empty one deletes the key
	 */
	public void transaction(Map<String, String> values) {
		Op[] writes = values.entrySet()
			.stream()
			.map((entry) -> (entry.getValue().isEmpty()) ? Op.delete(bytes(entry.getKey()), DeleteOption.DEFAULT)
					: Op.put(bytes(entry.getKey()), bytes(entry.getValue()), PutOption.DEFAULT))
			.toArray(Op[]::new);
		await(client().getKVClient().txn().Then(writes).commit());
	}

	/**
	 * Looks up a key.
	 * @return the key, {@code null} if there is none
	 */
	public @Nullable KeyValue find(String key) {
		return await(client().getKVClient().get(bytes(key))).getKvs().stream().findFirst().orElse(null);
	}

	public long grantLease(Duration ttl) {
		return await(client().getLeaseClient().grant(ttl.toSeconds())).getID();
	}

	public void revokeLease(long lease) {
		await(client().getLeaseClient().revoke(lease));
	}

	/** Compacts all history. */
	public void compact() {
		long revision = await(client().getKVClient().get(bytes("any"))).getHeader().getRevision();
		await(client().getKVClient().compact(revision));
	}

	private static <T> T await(CompletableFuture<T> answer) {
		return answer.orTimeout(10, TimeUnit.SECONDS).join();
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	@Override
	public void close() {
		this.context.close();
	}

}
