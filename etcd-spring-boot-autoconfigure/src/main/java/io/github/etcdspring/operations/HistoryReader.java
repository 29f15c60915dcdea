package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.RangeReader;
import io.github.etcdspring.mirror.Snapshot;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Reads the history, and adds the writes of other tools that are not recorded yet.
 */
final class HistoryReader {

	/** The revision of a deletion is found by a watch, which takes up to a second. */
	private static final int MAX_DELETIONS = 5;

	private static final int MAX_SKIPPED = 100;

	private static final Log logger = LogFactory.getLog(HistoryReader.class);

	private final Requests requests;

	private final HistoryKeys keys;

	private final EtcdConfigHistoryProperties properties;

	private final Set<ByteSequence> skipped = ConcurrentHashMap.newKeySet();

	HistoryReader(Requests requests, HistoryKeys keys, EtcdConfigHistoryProperties properties) {
		this.requests = requests;
		this.keys = keys;
		this.properties = properties;
	}

	/**
	 * Read the entries of all keys with a prefix.
	 * @param prefix the prefix
	 * @param record whether to record writes of other tools that are not recorded yet
	 * @return the entries, newest first
	 * @throws EtcdRequestException if there is no answer in time or etcd refused the
	 * request
	 * @throws InterruptedException if the thread is interrupted
	 */
	List<HistoryEntry> list(String prefix, boolean record) throws EtcdRequestException, InterruptedException {
		KeyRange range = this.keys.entriesOfAll(prefix);
		KeyRange configuration = KeyRange.prefix(prefix);
		RangeReader reader = new RangeReader(this.requests.connection(), List.of(configuration, range));
		Snapshot snapshot = reader.list();
		if (reader.forbidden().contains(range)) {
			throw EtcdRequestException.permissionDenied();
		}
		KnownRevisions known = new KnownRevisions(this.keys);
		List<HistoryEntry> entries = new ArrayList<>();
		List<KeyValue> current = new ArrayList<>();
		for (KeyValue found : snapshot.entries().values()) {
			if (this.keys.isEntry(found.getKey())) {
				parse(found, entries);
			}
			else if (this.keys.isPruned(found.getKey())) {
				known.addPruned(this.keys.directoryOf(found.getKey()), found);
			}
			else if (this.keys.isRecorded(found.getKey()) && text(found.getKey()).startsWith(prefix)) {
				current.add(found);
			}
		}
		entries.forEach(known::add);
		if (this.properties.enabled() && reader.forbidden().isEmpty()) {
			entries.addAll(outside(prefix, entries, current, snapshot.revision(), known, record));
		}
		return merge(prefix, entries);
	}

	private void parse(KeyValue found, List<HistoryEntry> entries) {
		try {
			entries.add(HistoryFormat.readEntry(found.getModRevision(), found.getValue()));
		}
		catch (IllegalArgumentException ex) {
			if (this.skipped.size() < MAX_SKIPPED && this.skipped.add(found.getKey())) {
				logger.warn("The history entry " + text(found.getKey()) + " is skipped: " + ex.getMessage());
			}
		}
	}

	/**
	 * Find the writes of other tools; a failure must not hide those that are recorded.
	 */
	private List<HistoryEntry> outside(String prefix, List<HistoryEntry> entries, List<KeyValue> current, long revision,
			KnownRevisions known, boolean record) throws InterruptedException {
		OutsideWrites outside = new OutsideWrites(this.requests, this.keys, this.properties, known);
		current.stream()
			.filter((found) -> !known.contains(text(found.getKey()), found.getModRevision()))
			.forEach(outside::add);
		try {
			outside.trace();
			for (Last last : missing(prefix, entries, current)) {
				outside.traceDeletion(last.change(), last.revision(), revision);
			}
			if (record) {
				outside.record();
			}
		}
		catch (EtcdRequestException ex) {
			logger.debug("Failed to find or record all writes of other tools under " + prefix + ": " + ex.getMessage());
		}
		return outside.entries();
	}

	/** Return the last changes of keys that are recorded, but no longer exist. */
	private static List<Last> missing(String prefix, List<HistoryEntry> entries, List<KeyValue> current) {
		Map<String, Last> last = new TreeMap<>();
		for (HistoryEntry entry : entries) {
			for (HistoryChange change : entry.changes()) {
				if (change.key().startsWith(prefix)) {
					last.merge(change.key(), new Last(change, entry.revision()),
							(one, other) -> (one.revision() > other.revision()) ? one : other);
				}
			}
		}
		current.forEach((found) -> last.remove(text(found.getKey())));
		return last.values().stream().filter((found) -> found.change().value() != null).limit(MAX_DELETIONS).toList();
	}

	/** Merge the entries of each write, and drop keys without the prefix. */
	private static List<HistoryEntry> merge(String prefix, List<HistoryEntry> entries) {
		Map<Long, HistoryEntry> byRevision = new TreeMap<>(Comparator.reverseOrder());
		for (HistoryEntry entry : entries) {
			Map<String, HistoryChange> changes = new TreeMap<>();
			HistoryEntry first = byRevision.getOrDefault(entry.revision(), entry);
			add(entry.changes(), prefix, changes);
			add(first.changes(), prefix, changes);
			if (!changes.isEmpty()) {
				byRevision.put(entry.revision(), new HistoryEntry(entry.revision(), first.time(), first.author(),
						first.comment(), List.copyOf(changes.values())));
			}
		}
		return List.copyOf(byRevision.values());
	}

	private static void add(Collection<HistoryChange> added, String prefix, Map<String, HistoryChange> changes) {
		for (HistoryChange change : added) {
			if (change.key().startsWith(prefix)) {
				changes.put(change.key(), change);
			}
		}
	}

	private static String text(ByteSequence bytes) {
		return bytes.toString(StandardCharsets.UTF_8);
	}

	/**
	 * Last recorded change of a key.
	 *
	 * @param change the change
	 * @param revision its revision
	 */
	private record Last(HistoryChange change, long revision) {

	}

}
