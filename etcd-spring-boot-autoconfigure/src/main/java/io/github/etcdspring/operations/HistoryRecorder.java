package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.mirror.KeyRange;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Records writes in the history: provides the entries for their transaction. After it,
 * records the writes of other tools that were replaced, and prunes old entries.
 */
final class HistoryRecorder {

	/** A transaction of etcd has at most 128 operations by default. */
	private static final int MAX_PRUNED = 50;

	private static final Log logger = LogFactory.getLog(HistoryRecorder.class);

	private final Requests requests;

	private final HistoryKeys keys;

	private final EtcdConfigHistoryProperties properties;

	private final Supplier<Instant> clock;

	private final AtomicBoolean warned = new AtomicBoolean();

	HistoryRecorder(Requests requests, HistoryKeys keys, EtcdConfigHistoryProperties properties) {
		this(requests, keys, properties, HistoryKeys::now);
	}

	HistoryRecorder(Requests requests, HistoryKeys keys, EtcdConfigHistoryProperties properties,
			Supplier<Instant> clock) {
		this.requests = requests;
		this.keys = keys;
		this.properties = properties;
		this.clock = clock;
	}

	/**
	 * Read the keys before they are written.
	 * @param writes the writes
	 * @return their keys
	 * @throws EtcdRequestException if there is no answer in time or etcd refused the
	 * request
	 * @throws InterruptedException if the thread is interrupted
	 */
	FormerState read(List<KeyWrite> writes) throws EtcdRequestException, InterruptedException {
		Set<String> directories = new LinkedHashSet<>();
		List<Op> reads = new ArrayList<>();
		for (KeyWrite write : writes) {
			reads.add(Op.get(write.key(), GetOption.DEFAULT));
			if (this.keys.isRecorded(write.key())) {
				directories.add(this.keys.directory(write.name()));
			}
		}
		for (String directory : directories) {
			KeyRange range = this.keys.entries(directory);
			reads.add(Op.get(range.start(), GetOption.builder().withRange(range.end()).withKeysOnly(true).build()));
		}
		List<GetResponse> responses = this.requests.connection()
			.call(() -> this.requests.kv().txn().Then(reads.toArray(Op[]::new)).commit())
			.getGetResponses();
		return FormerState.of(writes, List.copyOf(directories), responses);
	}

	/**
	 * Return the entries to put in the transaction of the writes.
	 * @param former the keys before they are written
	 * @param attribution author and comment
	 * @return an operation for each directory
	 */
	List<Op> entries(FormerState former, Attribution attribution) {
		Map<String, List<HistoryChange>> changes = new TreeMap<>();
		ValueBudget budget = new ValueBudget(former.writes()
			.stream()
			.mapToLong((write) -> (write.value() != null) ? write.value().size() : 0)
			.sum());
		for (int i = 0; i < former.writes().size(); i++) {
			KeyWrite write = former.writes().get(i);
			HistoryChange change = change(write, former, former.found().get(i), budget);
			if (this.keys.isRecorded(write.key()) && (change.former() != null || change.value() != null)) {
				changes.computeIfAbsent(this.keys.directory(write.name()), (directory) -> new ArrayList<>())
					.add(change);
			}
		}
		Instant now = this.clock.get();
		List<Op> entries = new ArrayList<>();
		changes.forEach((directory, part) -> {
			part.sort(Comparator.comparing(HistoryChange::key));
			HistoryEntry entry = new HistoryEntry(0, now, attribution.author(), attribution.comment(), part);
			entries.add(Op.put(this.keys.entry(directory, now), HistoryFormat.write(entry), PutOption.DEFAULT));
		});
		return entries;
	}

	private HistoryChange change(KeyWrite write, FormerState former, GetResponse found, ValueBudget budget) {
		boolean secret = this.properties.isSecret(write.name());
		@Nullable ConfigValue before = (found.getKvs().isEmpty()) ? null
				: ConfigValue.of(found.getKvs().get(0).getValue(), secret);
		if (!former.isKnown() && !write.isConditional()) {
			before = ConfigValue.UNKNOWN;
		}
		return new HistoryChange(write.name(), budget.fit(before),
				(write.value() != null) ? budget.fit(ConfigValue.of(write.value(), secret)) : null);
	}

	/**
	 * Record former values that other tools have written, and prune the history. A
	 * failure is not one of the write, which has succeeded.
	 * @param former the keys before they were written
	 */
	void written(FormerState former) {
		try {
			recordOutside(former);
			prune(former);
		}
		catch (EtcdRequestException ex) {
			logger.debug("Failed to update the history of " + former.history().keySet() + ": " + ex.getMessage());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void recordOutside(FormerState former) throws EtcdRequestException, InterruptedException {
		KnownRevisions known = new KnownRevisions(this.keys);
		former.history().forEach((directory, entries) -> entries.forEach((entry) -> known.add(directory, entry)));
		List<KeyValue> unknown = new ArrayList<>();
		for (KeyValue found : former.existing()) {
			String key = found.getKey().toString(StandardCharsets.UTF_8);
			if (this.keys.isRecorded(found.getKey()) && !known.contains(key, found.getModRevision())) {
				unknown.add(found);
			}
		}
		if (unknown.isEmpty()) {
			return;
		}
		for (Map.Entry<String, List<KeyValue>> directory : former.history().entrySet()) {
			if (directory.getValue().stream().anyMatch((entry) -> this.keys.isPruned(entry.getKey()))) {
				marker(directory.getKey()).ifPresent((marker) -> known.addPruned(directory.getKey(), marker));
			}
		}
		OutsideWrites outside = new OutsideWrites(this.requests, this.keys, this.properties, known);
		unknown.stream()
			.filter((found) -> !known.contains(found.getKey().toString(StandardCharsets.UTF_8), found.getModRevision()))
			.forEach(outside::add);
		outside.trace();
		outside.record();
	}

	/**
	 * Delete the oldest entries of the written directories, as far as there are too many
	 * or they are too old. Those that remain are deleted by later writes.
	 */
	private void prune(FormerState former) throws EtcdRequestException, InterruptedException {
		Instant oldest = this.clock.get().minus(this.properties.maxAge());
		for (Map.Entry<String, List<KeyValue>> directory : former.history().entrySet()) {
			List<KeyValue> entries = directory.getValue()
				.stream()
				.filter((entry) -> this.keys.isEntry(entry.getKey()))
				.toList();
			long tooMany = entries.size() + 1L - this.properties.maxEntries();
			long tooOld = entries.stream().filter((entry) -> HistoryKeys.isBefore(entry.getKey(), oldest)).count();
			long count = Math.min(MAX_PRUNED, Math.max(tooMany, tooOld));
			if (count > 0) {
				prune(directory.getKey(), entries.stream().limit(count).toList());
			}
		}
	}

	private Optional<KeyValue> marker(String directory) throws EtcdRequestException, InterruptedException {
		ByteSequence key = this.keys.pruned(directory);
		return this.requests.connection().call(() -> this.requests.kv().get(key)).getKvs().stream().findFirst();
	}

	/** Clocks of writers differ, so an older entry may have a newer revision. */
	private void prune(String directory, List<KeyValue> entries) throws EtcdRequestException, InterruptedException {
		ByteSequence key = this.keys.pruned(directory);
		Optional<KeyValue> marker = marker(directory);
		long revision = Math.max(marker.map(KnownRevisions::pruned).orElse(0L),
				entries.stream().mapToLong(HistoryKeys::revision).max().orElse(0));
		List<Op> operations = new ArrayList<>();
		operations
			.add(Op.put(key, ByteSequence.from(String.valueOf(revision), StandardCharsets.UTF_8), PutOption.DEFAULT));
		entries.forEach((entry) -> operations.add(Op.delete(entry.getKey(), DeleteOption.DEFAULT)));
		Cmp unchanged = new Cmp(key, Cmp.Op.EQUAL,
				CmpTarget.modRevision(marker.map(KeyValue::getModRevision).orElse(0L)));
		this.requests.connection()
			.call(() -> this.requests.kv().txn().If(unchanged).Then(operations.toArray(Op[]::new)).commit());
	}

	/**
	 * Log once that writes are not recorded.
	 * @param writes the writes
	 * @param problem the response of etcd
	 */
	void notRecorded(List<KeyWrite> writes, EtcdRequestException problem) {
		if (this.warned.compareAndSet(false, true)) {
			logger.warn("Writes of configuration are not recorded in the history under "
					+ String.join(", ",
							writes.stream()
								.map((write) -> this.keys.describe(this.keys.directory(write.name())))
								.distinct()
								.toList())
					+ ": " + this.requests.connection().explain(problem).text()
					+ ", or set spring.cloud.etcd.config.history.enabled=false");
		}
	}

}
