package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Finds the writes of other tools that are not in the history, from the keys that they
 * have left: each former value is read just before its successor, until it is known or
 * compacted. Not thread-safe.
 */
final class OutsideWrites {

	/** Limit for the duration; the next call finds more. */
	private static final int MAX_WRITES = 50;

	private static final int MAX_READS = 100;

	private final Requests requests;

	private final HistoryKeys keys;

	private final EtcdConfigHistoryProperties properties;

	private final KnownRevisions known;

	private final NavigableMap<Long, List<KeyValue>> pending = new TreeMap<>();

	private final NavigableMap<Long, List<HistoryChange>> found = new TreeMap<>();

	private final Instant seen = HistoryKeys.now();

	private boolean compacted;

	OutsideWrites(Requests requests, HistoryKeys keys, EtcdConfigHistoryProperties properties, KnownRevisions known) {
		this.requests = requests;
		this.keys = keys;
		this.properties = properties;
		this.known = known;
	}

	/**
	 * Add a key whose last write is not in the history.
	 * @param written the key
	 */
	void add(KeyValue written) {
		this.pending.computeIfAbsent(written.getModRevision(), (revision) -> new ArrayList<>()).add(written);
	}

	/**
	 * Find the writes of the added keys, the newest first.
	 * @throws EtcdRequestException if there is no answer in time or etcd refused the
	 * request
	 * @throws InterruptedException if the thread is interrupted
	 */
	void trace() throws EtcdRequestException, InterruptedException {
		while (!this.pending.isEmpty() && this.found.size() < MAX_WRITES) {
			Map.Entry<Long, List<KeyValue>> latest = this.pending.pollLastEntry();
			List<KeyValue> written = latest.getValue();
			for (int i = 0; i < written.size(); i += MAX_READS) {
				trace(latest.getKey(), written.subList(i, Math.min(i + MAX_READS, written.size())));
			}
		}
	}

	private void trace(long revision, List<KeyValue> written) throws EtcdRequestException, InterruptedException {
		List<KeyValue> replacing = written.stream().filter((entry) -> entry.getVersion() > 1).toList();
		Map<ByteSequence, KeyValue> former = readAt(revision - 1, replacing);
		for (KeyValue entry : written) {
			KeyValue before = former.get(entry.getKey());
			@Nullable ConfigValue value = (before != null) ? value(before)
					: (entry.getVersion() > 1) ? ConfigValue.UNKNOWN : null;
			add(revision, new HistoryChange(text(entry.getKey()), value, value(entry)));
			if (before != null && !this.known.contains(text(before.getKey()), before.getModRevision())) {
				add(before);
			}
		}
	}

	private Map<ByteSequence, KeyValue> readAt(long revision, List<KeyValue> written)
			throws EtcdRequestException, InterruptedException {
		Map<ByteSequence, KeyValue> found = new HashMap<>();
		if (written.isEmpty() || this.compacted) {
			return found;
		}
		GetOption option = GetOption.builder().withRevision(revision).build();
		Op[] reads = written.stream().map((entry) -> Op.get(entry.getKey(), option)).toArray(Op[]::new);
		try {
			for (GetResponse response : this.requests.connection()
				.call(() -> this.requests.kv().txn().Then(reads).commit())
				.getGetResponses()) {
				response.getKvs().forEach((entry) -> found.put(entry.getKey(), entry));
			}
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() != Reason.REVISION_GONE) {
				throw ex;
			}
			this.compacted = true;
		}
		return found;
	}

	/**
	 * Find the deletion of a key.
	 * @param last the last recorded change of the key
	 * @param lastRevision its revision
	 * @param absent revision at which the key did not exist
	 * @throws EtcdRequestException if there is no answer in time or etcd refused the
	 * request
	 * @throws InterruptedException if the thread is interrupted
	 */
	void traceDeletion(HistoryChange last, long lastRevision, long absent)
			throws EtcdRequestException, InterruptedException {
		String key = last.key();
		ByteSequence bytes = ByteSequence.from(key, StandardCharsets.UTF_8);
		List<ConfigVersion> versions = new ConfigHistory(this.requests.connection(), bytes).read();
		for (int i = 0; i < versions.size() && versions.get(i).revision() > lastRevision; i++) {
			ConfigVersion version = versions.get(i);
			if (!this.known.contains(key, version.revision())) {
				add(version.revision(),
						new HistoryChange(key,
								(i + 1 < versions.size()) ? value(key, versions.get(i + 1)) : ConfigValue.UNKNOWN,
								value(key, version)));
			}
		}
		if (versions.isEmpty() || versions.get(0).revision() <= lastRevision) {
			add(absent, new HistoryChange(key, ConfigValue.UNKNOWN, null));
		}
	}

	private void add(long revision, HistoryChange change) {
		this.found.computeIfAbsent(revision, (key) -> new ArrayList<>()).add(change);
	}

	private ConfigValue value(KeyValue entry) {
		return ConfigValue.of(entry.getValue(), this.properties.isSecret(text(entry.getKey())));
	}

	private @Nullable ConfigValue value(String key, ConfigVersion version) {
		return (version.value() != null) ? ConfigValue.of(version.value(), this.properties.isSecret(key)) : null;
	}

	/**
	 * Return the writes.
	 * @return an entry for each write
	 */
	List<HistoryEntry> entries() {
		List<HistoryEntry> entries = new ArrayList<>();
		this.found.forEach((revision, changes) -> {
			ValueBudget budget = new ValueBudget(0);
			entries.add(new HistoryEntry(revision, this.seen, HistoryEntry.OUTSIDE, "",
					changes.stream()
						.sorted(Comparator.comparing(HistoryChange::key))
						.map((change) -> new HistoryChange(change.key(), budget.fit(change.former()),
								budget.fit(change.value())))
						.toList()));
		});
		return entries;
	}

	/**
	 * Record the writes in the history.
	 * @throws EtcdRequestException if there is no answer in time or etcd refused the
	 * request
	 * @throws InterruptedException if the thread is interrupted
	 */
	void record() throws EtcdRequestException, InterruptedException {
		for (HistoryEntry entry : entries()) {
			Map<String, List<HistoryChange>> byDirectory = new TreeMap<>();
			entry.changes()
				.forEach((change) -> byDirectory
					.computeIfAbsent(this.keys.directory(change.key()), (directory) -> new ArrayList<>())
					.add(change));
			for (Map.Entry<String, List<HistoryChange>> part : byDirectory.entrySet()) {
				ByteSequence key = this.keys.outsideEntry(part.getKey(), entry.time(), entry.revision());
				ByteSequence value = HistoryFormat.write(new HistoryEntry(entry.revision(), entry.time(),
						entry.author(), entry.comment(), part.getValue()));
				this.requests.connection().call(() -> this.requests.kv().put(key, value));
			}
		}
	}

	private static String text(ByteSequence bytes) {
		return bytes.toString(StandardCharsets.UTF_8);
	}

}
