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
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
import io.github.etcdspring.config.Proposal;
import io.github.etcdspring.config.Proposal.Change;
import io.github.etcdspring.fleet.FleetKeys;
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

	private final FleetKeys fleet;

	EtcdConfigTemplate(EtcdConnection connection, FleetKeys fleet) {
		this.connection = connection;
		this.fleet = fleet;
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
					.filter((entry) -> !Proposal.isReserved(entry.getKey()))
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
	public ConfigWrite write(ConfigChange... changes) {
		requireDistinct(changes);
		return commit(Arrays.stream(changes).map(Write::of).toList(), Map.of());
	}

	private static void requireDistinct(ConfigChange... changes) {
		Assert.notEmpty(changes, "'changes' must not be empty");
		Set<String> keys = new HashSet<>();
		for (ConfigChange change : changes) {
			Assert.isTrue(keys.add(change.key()), () -> "Duplicate change for key " + change.key());
		}
	}

	@Override
	public ConfigProposal propose(String author, String comment, ConfigChange... changes) {
		Assert.hasText(author, "'author' must not be empty");
		Assert.notNull(comment, "'comment' must not be null");
		requireDistinct(changes);
		List<Write> writes = expectCurrent(Arrays.stream(changes).map(Write::of).toList());
		return EtcdProposal.put(this.connection, this.fleet, author, comment,
				Arrays.stream(changes).map((change) -> new Change(change.key(), change.value())).toList(),
				(proposals) -> commit(writes, proposals));
	}

	/** Completes the expected revisions, and checks those that are given. */
	private List<Write> expectCurrent(List<Write> writes) {
		Op[] reads = writes.stream().map(Write::read).toArray(Op[]::new);
		List<GetResponse> found = execute("Failed to read the keys to change",
				() -> this.connection.call(() -> kv().txn().Then(reads).commit()))
			.getGetResponses();
		List<Write> expecting = new ArrayList<>();
		for (int i = 0; i < writes.size(); i++) {
			long revision = found.get(i).getKvs().stream().mapToLong(KeyValue::getModRevision).findFirst().orElse(0);
			expecting.add(writes.get(i).expecting(revision));
		}
		Map<String, Long> conflicts = conflicts(expecting, found);
		if (!conflicts.isEmpty()) {
			throw new EtcdConfigConflictException(conflicts);
		}
		return expecting;
	}

	@Override
	public List<ConfigVersion> history(String key) {
		ByteSequence bytes = key(key);
		return execute("Failed to read the history of " + key, () -> new ConfigHistory(this.connection, bytes).read());
	}

	@Override
	public ConfigWrite restore(String key, long revision) {
		return restore(KeyRange.key(key(key)), revision);
	}

	@Override
	public ConfigWrite restoreAll(String prefix, long revision) {
		return restore(prefix(prefix), revision);
	}

	private ConfigWrite restore(KeyRange range, long revision) {
		Assert.isTrue(revision > 0, "'revision' must be positive");
		Snapshot past = execute("Failed to read " + range + " at revision " + revision, () -> read(range, revision));
		Snapshot present = execute("Failed to read " + range, () -> read(range, 0));
		Set<ByteSequence> keys = new HashSet<>(past.entries().keySet());
		keys.addAll(present.entries().keySet());
		keys.removeIf(Proposal::isReserved);
		List<Write> writes = new ArrayList<>();
		for (ByteSequence key : keys) {
			KeyValue target = past.entries().get(key);
			KeyValue current = present.entries().get(key);
			ByteSequence value = (target != null) ? target.getValue() : null;
			if (current == null || !current.getValue().equals(value)) {
				writes.add(new Write(key, value, (current != null) ? current.getModRevision() : 0L));
			}
		}
		return (writes.isEmpty()) ? new CommittedWrite(this.connection, this.fleet, present.revision(), Set.of())
				: commit(writes, Map.of());
	}

	/**
	 * Write keys in one transaction.
	 * @param writes the keys
	 * @param proposals revision of each proposal that must still exist, and is deleted
	 */
	private ConfigWrite commit(Collection<Write> writes, Map<ByteSequence, Long> proposals) {
		List<Write> deleted = proposals.entrySet()
			.stream()
			.map((proposal) -> new Write(proposal.getKey(), null, proposal.getValue()))
			.toList();
		Cmp[] conditions = Stream.concat(writes.stream(), deleted.stream())
			.filter(Write::isConditional)
			.map(Write::condition)
			.toArray(Cmp[]::new);
		Op[] operations = Stream.concat(writes.stream(), deleted.stream()).map(Write::operation).toArray(Op[]::new);
		Op[] reads = writes.stream().filter(Write::isConditional).map(Write::read).toArray(Op[]::new);
		String keys = String.join(", ", writes.stream().limit(3).map(Write::name).toList())
				+ ((writes.size() > 3) ? " and " + (writes.size() - 3) + " more" : "");
		TxnResponse response = execute("Failed to write " + keys,
				() -> this.connection.call(() -> kv().txn().If(conditions).Then(operations).Else(reads).commit()));
		if (!response.isSucceeded()) {
			Map<String, Long> conflicts = conflicts(writes.stream().filter(Write::isConditional).toList(),
					response.getGetResponses());
			if (conflicts.isEmpty()) {
				throw new EtcdConfigException("Nothing was written: the proposal has expired or was withdrawn", null);
			}
			throw new EtcdConfigConflictException(conflicts);
		}
		return new CommittedWrite(this.connection, this.fleet, response.getHeader().getRevision(),
				writes.stream().map(Write::name).collect(Collectors.toSet()));
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

		Write expecting(long revision) {
			return (isConditional()) ? this : new Write(this.key, this.value, revision);
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
