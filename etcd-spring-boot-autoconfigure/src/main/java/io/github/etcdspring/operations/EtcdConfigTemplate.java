package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Op;
import io.github.etcdspring.config.Proposal;
import io.github.etcdspring.config.Proposal.Change;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Snapshot;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * {@link EtcdConfigOperations} that uses the connection of the application.
 */
final class EtcdConfigTemplate implements EtcdConfigOperations {

	private static final Comparator<ByteSequence> ORDER = (one, other) -> Arrays.compareUnsigned(one.getBytes(),
			other.getBytes());

	private final Requests requests;

	private final FleetKeys fleet;

	private final ConfigWriter writer;

	private final Supplier<Attribution> attribution;

	/**
	 * Create operations.
	 * @param requests sends requests
	 * @param fleet the keys of the fleet
	 * @param writer writes keys
	 * @param attribution author and comment of the writes
	 */
	EtcdConfigTemplate(Requests requests, FleetKeys fleet, ConfigWriter writer, Supplier<Attribution> attribution) {
		this.requests = requests;
		this.fleet = fleet;
		this.writer = writer;
		this.attribution = attribution;
	}

	@Override
	public EtcdConfigOperations as(String author, String comment) {
		Attribution own = new Attribution(author, comment);
		return new EtcdConfigTemplate(this.requests, this.fleet, this.writer, () -> own);
	}

	@Override
	public @Nullable ConfigEntry find(String key) {
		ByteSequence bytes = key(key);
		return this.requests
			.execute("Failed to read " + key,
					() -> this.requests.connection()
						.call(() -> this.requests.kv().get(bytes))
						.getKvs()
						.stream()
						.findFirst()
						.map(this::entry))
			.orElse(null);
	}

	@Override
	public List<ConfigEntry> list(String prefix) {
		KeyRange range = prefix(prefix);
		return this.requests.execute("Failed to read the keys under " + prefix,
				() -> this.requests.list(range, 0)
					.entries()
					.values()
					.stream()
					.filter((entry) -> !Proposal.isReserved(entry.getKey()))
					.sorted(Comparator.comparing(KeyValue::getKey, ORDER))
					.map(this::entry)
					.toList());
	}

	@Override
	public ConfigEntry save(String key, String value) {
		return new ConfigEntry(key, value, write(ConfigChange.put(key, value)).revision());
	}

	@Override
	public boolean delete(String key) {
		TxnResponse response = this.writer.write(List.of(KeyWrite.of(ConfigChange.delete(key))), Map.of(),
				this.attribution.get());
		return response.getDeleteResponses().get(0).getDeleted() > 0;
	}

	@Override
	public ConfigWrite write(ConfigChange... changes) {
		requireDistinct(changes);
		return commit(Arrays.stream(changes).map(KeyWrite::of).toList(), Map.of(), this.attribution.get());
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
		Attribution own = new Attribution(author, comment);
		requireDistinct(changes);
		List<KeyWrite> writes = expectCurrent(Arrays.stream(changes).map(KeyWrite::of).toList());
		return EtcdProposal.put(this.requests, this.fleet, author, comment,
				Arrays.stream(changes).map((change) -> new Change(change.key(), change.value())).toList(),
				(proposals) -> commit(writes, proposals, own));
	}

	/** Completes the expected revisions, and checks those that are given. */
	private List<KeyWrite> expectCurrent(List<KeyWrite> writes) {
		Op[] reads = writes.stream().map(KeyWrite::read).toArray(Op[]::new);
		List<GetResponse> found = this.requests
			.execute("Failed to read the keys to change",
					() -> this.requests.connection().call(() -> this.requests.kv().txn().Then(reads).commit()))
			.getGetResponses();
		List<KeyWrite> expecting = new ArrayList<>();
		for (int i = 0; i < writes.size(); i++) {
			expecting.add(writes.get(i).expecting(KeyWrite.revision(found.get(i))));
		}
		Map<String, Long> conflicts = KeyWrite.conflicts(expecting, found);
		if (!conflicts.isEmpty()) {
			throw new EtcdConfigConflictException(conflicts);
		}
		return expecting;
	}

	@Override
	public List<ConfigVersion> history(String key) {
		ByteSequence bytes = key(key);
		return this.requests.execute("Failed to read the history of " + key,
				() -> new ConfigHistory(this.requests.connection(), bytes).read());
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
		Snapshot past = this.requests.execute("Failed to read " + range + " at revision " + revision,
				() -> this.requests.list(range, revision));
		Snapshot present = this.requests.execute("Failed to read " + range, () -> this.requests.list(range, 0));
		Set<ByteSequence> keys = new HashSet<>(past.entries().keySet());
		keys.addAll(present.entries().keySet());
		keys.removeIf(Proposal::isReserved);
		List<KeyWrite> writes = new ArrayList<>();
		for (ByteSequence key : keys) {
			KeyValue target = past.entries().get(key);
			KeyValue current = present.entries().get(key);
			ByteSequence value = (target != null) ? target.getValue() : null;
			if (current == null || !current.getValue().equals(value)) {
				writes.add(new KeyWrite(key, value, (current != null) ? current.getModRevision() : 0L));
			}
		}
		if (writes.isEmpty()) {
			return new CommittedWrite(this.requests.connection(), this.fleet, present.revision(), Set.of());
		}
		Attribution given = this.attribution.get();
		return commit(writes, Map.of(),
				(given.comment().isEmpty()) ? new Attribution(given.author(), "Restore revision " + revision) : given);
	}

	private ConfigWrite commit(List<KeyWrite> writes, Map<ByteSequence, Long> proposals, Attribution attribution) {
		TxnResponse response = this.writer.write(writes, proposals, attribution);
		return new CommittedWrite(this.requests.connection(), this.fleet, response.getHeader().getRevision(),
				writes.stream().map(KeyWrite::name).collect(Collectors.toSet()));
	}

	private ConfigEntry entry(KeyValue keyValue) {
		return new ConfigEntry(text(keyValue.getKey()), text(keyValue.getValue()), keyValue.getModRevision());
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

}
