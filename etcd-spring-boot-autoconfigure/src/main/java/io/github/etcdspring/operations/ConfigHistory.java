package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
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
 * What a key has held, which only a watch from the past tells: a read at a revision sees
 * no further back than to the last deletion.
 */
final class ConfigHistory {

	static final int MAX_VERSIONS = 100;

	private static final Duration IDLE_WAIT = Duration.ofMillis(100);

	/**
	 * So often the watch has to be silent, and alive when it is asked in between, until a
	 * deleted key is taken to have no more to tell. etcd sends what a watch has missed
	 * ten times a second; before 3.4.25 and 3.5.8 it may give the sign of life ahead of
	 * it.
	 */
	private static final int MAX_IDLE_WAITS = 7;

	private final EtcdConnection connection;

	private final ByteSequence key;

	/** The newest first. */
	private final Deque<ConfigVersion> versions = new ArrayDeque<>();

	ConfigHistory(EtcdConnection connection, ByteSequence key) {
		this.connection = connection;
		this.key = key;
	}

	/**
	 * Read what etcd still holds.
	 * @return the versions, the newest first
	 * @throws EtcdRequestException if there is no answer in time or etcd refused
	 * @throws InterruptedException if the thread is interrupted
	 */
	List<ConfigVersion> read() throws EtcdRequestException, InterruptedException {
		long deadline = System.nanoTime() + this.connection.requestTimeout().toNanos();
		KeyValue now = get(0);
		long compacted = 0;
		while (true) {
			try {
				this.versions.clear();
				KeyValue oldest = (compacted > 0) ? get(compacted) : null;
				if (oldest != null) {
					add(oldest.getModRevision(), oldest);
				}
				if (now == null || now.getModRevision() > compacted) {
					watch(compacted + 1, (now != null) ? now.getModRevision() : Long.MAX_VALUE, deadline);
				}
				return List.copyOf(this.versions);
			}
			catch (EtcdRequestException ex) {
				// without a number it was the read, and the watch tells how far it went
				boolean compactedFurther = ex.reason() == Reason.REVISION_GONE && ex.compactedRevision() != compacted;
				if (!compactedFurther || System.nanoTime() - deadline > 0) {
					throw ex;
				}
				compacted = Math.max(ex.compactedRevision(), 0);
			}
		}
	}

	private @Nullable KeyValue get(long revision) throws EtcdRequestException, InterruptedException {
		GetOption option = GetOption.builder().withRevision(revision).build();
		return this.connection.call(() -> this.connection.client().getKVClient().get(this.key, option))
			.getKvs()
			.stream()
			.findFirst()
			.orElse(null);
	}

	private void watch(long from, long last, long deadline) throws EtcdRequestException, InterruptedException {
		Duration timeout = this.connection.requestTimeout();
		try (WatchStream stream = WatchStream.open(this.connection.client(), List.of(KeyRange.key(this.key)), from)) {
			List<WatchEvent> events = stream.awaitOpen(timeout);
			int idleWaits = 0;
			while (!collect(events, last) && idleWaits < MAX_IDLE_WAITS) {
				if (System.nanoTime() - deadline > 0) {
					throw EtcdRequestException.timeout("the history did not end within " + timeout.toMillis() + " ms");
				}
				events = stream.await(IDLE_WAIT, timeout);
				idleWaits = (events.isEmpty()) ? idleWaits + 1 : 0;
			}
		}
	}

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
		this.versions.addFirst(
				new ConfigVersion(revision, (entry != null) ? entry.getValue().toString(StandardCharsets.UTF_8) : null));
		if (this.versions.size() > MAX_VERSIONS) {
			this.versions.removeLast();
		}
	}

}
