package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchEvent.EventType;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.WatchStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the versions of a key by a watch that starts at the oldest available revision. A
 * read at a revision cannot see beyond the last deletion of the key. Not thread-safe.
 */
final class ConfigHistory {

	static final int MAX_VERSIONS = 100;

	private static final Duration IDLE_WAIT = Duration.ofMillis(100);

	/**
	 * Number of consecutive waits without an event, with a progress response in between,
	 * after which the history of a deleted key is complete. etcd sends pending events of
	 * a watch ten times a second. Before 3.4.25 and 3.5.8 it may send the progress
	 * response ahead of them, so one wait is not enough.
	 */
	private static final int MAX_IDLE_WAITS = 7;

	private final EtcdConnection connection;

	private final ByteSequence key;

	/** Versions, newest first. */
	private final Deque<ConfigVersion> versions = new ArrayDeque<>();

	ConfigHistory(EtcdConnection connection, ByteSequence key) {
		this.connection = connection;
		this.key = key;
	}

	/**
	 * Read the versions since the last compaction.
	 * @return the versions, newest first
	 * @throws EtcdRequestException if etcd does not respond in time or rejects a request
	 * @throws InterruptedException if the thread is interrupted
	 */
	List<ConfigVersion> read() throws EtcdRequestException, InterruptedException {
		long deadline = System.nanoTime() + this.connection.requestTimeout().toNanos();
		GetResponse current = get(0);
		KeyValue now = entry(current);
		long compacted = 0;
		while (true) {
			try {
				this.versions.clear();
				KeyValue oldest = (compacted > 0) ? entry(get(compacted)) : null;
				if (oldest != null) {
					add(oldest.getModRevision(), oldest);
				}
				// newer versions of etcd do not answer a watch that waits for the next
				// revision
				long last = (now != null) ? now.getModRevision() : current.getHeader().getRevision();
				if (last > compacted) {
					watch(compacted + 1, (now != null) ? now.getModRevision() : Long.MAX_VALUE, deadline);
				}
				return List.copyOf(this.versions);
			}
			catch (EtcdRequestException ex) {
				// a failed read does not report the compacted revision, the watch does
				boolean compactedFurther = ex.reason() == Reason.REVISION_GONE && ex.compactedRevision() != compacted;
				if (!compactedFurther || System.nanoTime() - deadline > 0) {
					throw ex;
				}
				compacted = Math.max(ex.compactedRevision(), 0);
			}
		}
	}

	private GetResponse get(long revision) throws EtcdRequestException, InterruptedException {
		GetOption option = GetOption.builder().withRevision(revision).build();
		return this.connection.call(() -> this.connection.client().getKVClient().get(this.key, option));
	}

	private static @Nullable KeyValue entry(GetResponse response) {
		return (response.getKvs().isEmpty()) ? null : response.getKvs().get(0);
	}

	private void watch(long from, long last, long deadline) throws EtcdRequestException, InterruptedException {
		Duration timeout = this.connection.requestTimeout();
		try (WatchStream stream = WatchStream.open(this.connection.client(), List.of(KeyRange.key(this.key)), from)) {
			List<WatchEvent> events = stream.awaitOpen(timeout);
			int idleWaits = 0;
			while (!collect(events, last) && idleWaits < MAX_IDLE_WAITS) {
				if (System.nanoTime() - deadline > 0) {
					throw EtcdRequestException
						.timeout("the history could not be read completely within " + timeout.toMillis() + " ms");
				}
				events = stream.await(IDLE_WAIT, timeout);
				idleWaits = (events.isEmpty()) ? idleWaits + 1 : 0;
			}
		}
	}

	/** Add the events, and return whether the last revision has been reached. */
	private boolean collect(List<WatchEvent> events, long last) {
		boolean reached = false;
		for (WatchEvent event : events) {
			KeyValue changed = event.getKeyValue();
			add(changed.getModRevision(), (event.getEventType() == EventType.PUT) ? changed : null);
			reached |= changed.getModRevision() >= last;
		}
		return reached;
	}

	private void add(long revision, @Nullable KeyValue entry) {
		this.versions.addFirst(new ConfigVersion(revision,
				(entry != null) ? entry.getValue().toString(StandardCharsets.UTF_8) : null));
		if (this.versions.size() > MAX_VERSIONS) {
			this.versions.removeLast();
		}
	}

}
