package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.RangeReader;
import io.github.etcdspring.mirror.Snapshot;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * {@link EtcdConfigOperations} that uses the connection of the application.
 */
final class EtcdConfigTemplate implements EtcdConfigOperations {

	private static final Comparator<ByteSequence> ORDER = (one, other) -> Arrays.compareUnsigned(one.getBytes(),
			other.getBytes());

	private final EtcdConnection connection;

	EtcdConfigTemplate(EtcdConnection connection) {
		this.connection = connection;
	}

	@Override
	public @Nullable ConfigEntry find(String key) {
		ByteSequence bytes = key(key);
		return execute("Failed to read " + key,
				() -> this.connection.call(() -> kv().get(bytes)).getKvs().stream().findFirst().map(this::entry))
			.orElse(null);
	}

	@Override
	public List<ConfigEntry> list(String prefix) {
		KeyRange range = prefix(prefix);
		return execute("Failed to read the keys under " + prefix,
				() -> read(range, 0).entries()
					.values()
					.stream()
					.sorted(Comparator.comparing(KeyValue::getKey, ORDER))
					.map(this::entry)
					.toList());
	}

	@Override
	public ConfigEntry save(String key, String value) {
		ByteSequence bytes = key(key);
		Assert.notNull(value, "'value' must not be null");
		long revision = execute("Failed to write " + key,
				() -> this.connection.call(() -> kv().put(bytes, bytes(value))).getHeader().getRevision());
		return new ConfigEntry(key, value, revision);
	}

	@Override
	public boolean delete(String key) {
		ByteSequence bytes = key(key);
		return execute("Failed to delete " + key,
				() -> this.connection.call(() -> kv().delete(bytes)).getDeleted() > 0);
	}

	@Override
	public long write(ConfigChange... changes) {
		Assert.notEmpty(changes, "'changes' must not be empty");
		Set<String> keys = new HashSet<>();
		for (ConfigChange change : changes) {
			Assert.isTrue(keys.add(change.key()), () -> "Duplicate change for key " + change.key());
		}
		return commit(Arrays.stream(changes).map(Write::of).toList());
	}

	@Override
	public List<ConfigVersion> history(String key) {
		ByteSequence bytes = key(key);
		return execute("Failed to read the history of " + key, () -> new ConfigHistory(this.connection, bytes).read());
	}

	@Override
	public long restore(String key, long revision) {
		return restore(KeyRange.key(key(key)), revision);
	}

	@Override
	public long restoreAll(String prefix, long revision) {
		return restore(prefix(prefix), revision);
	}

	private long restore(KeyRange range, long revision) {
		Assert.isTrue(revision > 0, "'revision' must be positive");
		Snapshot past = execute("Failed to read " + range + " at revision " + revision, () -> read(range, revision));
		Snapshot present = execute("Failed to read " + range, () -> read(range, 0));
		Set<ByteSequence> keys = new HashSet<>(past.entries().keySet());
		keys.addAll(present.entries().keySet());
		List<Write> writes = new ArrayList<>();
		for (ByteSequence key : keys) {
			KeyValue target = past.entries().get(key);
			KeyValue current = present.entries().get(key);
			ByteSequence value = (target != null) ? target.getValue() : null;
			if (current == null || !current.getValue().equals(value)) {
				writes.add(new Write(key, value, (current != null) ? current.getModRevision() : 0L));
			}
		}
		return (writes.isEmpty()) ? present.revision() : commit(writes);
	}

	private long commit(Collection<Write> writes) {
		Cmp[] conditions = writes.stream().filter(Write::isConditional).map(Write::condition).toArray(Cmp[]::new);
		Op[] operations = writes.stream().map(Write::operation).toArray(Op[]::new);
		Op[] reads = writes.stream().filter(Write::isConditional).map(Write::read).toArray(Op[]::new);
		String keys = String.join(", ", writes.stream().limit(3).map(Write::name).toList())
				+ ((writes.size() > 3) ? " and " + (writes.size() - 3) + " more" : "");
		TxnResponse response = execute("Failed to write " + keys,
				() -> this.connection.call(() -> kv().txn().If(conditions).Then(operations).Else(reads).commit()));
		if (!response.isSucceeded()) {
			throw new EtcdConfigConflictException(
					conflicts(writes.stream().filter(Write::isConditional).toList(), response.getGetResponses()));
		}
		return response.getHeader().getRevision();
	}

	private static Map<String, Long> conflicts(List<Write> writes, List<GetResponse> found) {
		Map<String, Long> conflicts = new HashMap<>();
		for (int i = 0; i < writes.size(); i++) {
			long revision = found.get(i).getKvs().stream().mapToLong(KeyValue::getModRevision).findFirst().orElse(0);
			if (!Long.valueOf(revision).equals(writes.get(i).expectedRevision())) {
				conflicts.put(writes.get(i).name(), revision);
			}
		}
		return conflicts;
	}

	private Snapshot read(KeyRange range, long revision) throws EtcdRequestException, InterruptedException {
		return new RangeReader(this.connection, List.of(range)).list(revision);
	}

	private ConfigEntry entry(KeyValue keyValue) {
		return new ConfigEntry(text(keyValue.getKey()), text(keyValue.getValue()), keyValue.getModRevision());
	}

	private <T> T execute(String problem, Request<T> request) {
		try {
			return request.send();
		}
		catch (EtcdRequestException ex) {
			throw new EtcdConfigException(problem + ": " + this.connection.explain(ex).text(), ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EtcdConfigException(problem + ": the thread was interrupted", ex);
		}
	}

	private KV kv() {
		return this.connection.client().getKVClient();
	}

	private static KeyRange prefix(String prefix) {
		Assert.hasLength(prefix, "'prefix' must not be empty");
		return KeyRange.prefix(prefix);
	}

	private static ByteSequence key(String key) {
		Assert.hasLength(key, "'key' must not be empty");
		return bytes(key);
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	private static String text(ByteSequence bytes) {
		return bytes.toString(StandardCharsets.UTF_8);
	}

	/**
	 * Write operation of a transaction.
	 *
	 * @param key the key
	 * @param value the value to write, {@code null} to delete the key
	 * @param expectedRevision revision that the key must be at, {@code null} if the write
	 * is unconditional
	 */
	private record Write(ByteSequence key, @Nullable ByteSequence value, @Nullable Long expectedRevision) {

		static Write of(ConfigChange change) {
			String value = change.value();
			return new Write(bytes(change.key()), (value != null) ? bytes(value) : null, change.expected());
		}

		String name() {
			return text(this.key);
		}

		boolean isConditional() {
			return this.expectedRevision != null;
		}

		Cmp condition() {
			long revision = (this.expectedRevision != null) ? this.expectedRevision : 0;
			return new Cmp(this.key, Cmp.Op.EQUAL, CmpTarget.modRevision(revision));
		}

		Op operation() {
			return (this.value != null) ? Op.put(this.key, this.value, PutOption.DEFAULT)
					: Op.delete(this.key, DeleteOption.DEFAULT);
		}

		Op read() {
			return Op.get(this.key, GetOption.builder().withKeysOnly(true).build());
		}

	}

	/**
	 * Blocking request to etcd.
	 *
	 * @param <T> the type of the response
	 */
	@FunctionalInterface
	private interface Request<T> {

		T send() throws EtcdRequestException, InterruptedException;

	}

}
