package io.github.etcdspring.mirror;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchEvent.EventType;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Integration tests for {@link MirroredRanges}.
 */
class MirroredRangesIntegrationTests {

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	@TempDir
	private Path directory;

	private EtcdServer etcd;

	private TestConnection connection;

	private MirroredRanges ranges;

	@BeforeEach
	void listAndSaveSnapshot() throws Exception {
		this.etcd = this.opened.etcd();
		this.connection = this.opened.add(TestConnection.to(this.etcd.endpoint()));
		this.connection.transaction(Map.of("/a/1", "1", "/b/1", "1"));
		this.etcd.saveSnapshot(this.directory.resolve("snapshot"));
		this.ranges = new MirroredRanges(this.connection.get(), new RangeReader(this.connection.get(),
				List.of(KeyRange.prefix("/a/"), KeyRange.prefix("/b/"), KeyRange.prefix("/c/"))));
		this.ranges.list(new HashSet<>());
	}

	/**
	 * The event arrives before etcd fails, the answer to the read after it has been
	 * restored.
	 */
	@Test
	void doesNotMixAnEventWithEntriesOfARestoredStore() throws Exception {
		this.connection.transaction(Map.of("/a/1", "2", "/b/1", "2"));
		WatchEvent event = put("/a/1");
		restore();
		this.connection.transaction(Map.of("/a/1", "restored", "/b/1", "restored"));
		this.connection.put("/elsewhere", "1");
		assertHistoryLost(event);
		assertThat(RecordingListener.values(this.ranges.snapshot())).isEqualTo(Map.of("/a/1", "1", "/b/1", "1"));
	}

	@Test
	void doesNotMixADeletionWithEntriesOfARestoredStore() throws Exception {
		this.connection.delete("/a/1");
		WatchEvent event = deleted("/a/1");
		restore();
		this.connection.transaction(Map.of("/a/1", "restored", "/b/1", "restored"));
		Set<String> states = Set.of("{/a/1=1, /b/1=1}", "{/a/1=restored, /b/1=restored}");
		try {
			this.ranges.apply(List.of(event), new HashSet<>());
		}
		catch (EtcdRequestException ex) {
			assertThat(ex.reason()).isEqualTo(Reason.REVISION_GONE);
		}
		assertThat(states).contains(RecordingListener.values(this.ranges.snapshot()).toString());
	}

	/** A store without the key of the event cannot be of the same history. */
	@Test
	void doesNotMixAnEventOfANewKeyWithEntriesOfARestoredStore() throws Exception {
		this.connection.transaction(Map.of("/a/2", "2", "/b/1", "2"));
		WatchEvent event = put("/a/2");
		restore();
		this.connection.put("/b/1", "restored");
		assertHistoryLost(event);
	}

	@Test
	void appliesAnEventTogetherWithTheOtherKeysOfItsTransaction() throws Exception {
		this.connection.transaction(Map.of("/a/1", "2", "/b/1", "2", "/c/1", "2"));
		WatchEvent event = put("/a/1");
		this.connection.transaction(Map.of("/a/1", "3", "/b/1", "3"));
		assertThat(this.ranges.apply(List.of(event), new HashSet<>())).isTrue();
		assertThat(RecordingListener.values(this.ranges.snapshot()))
			.isEqualTo(Map.of("/a/1", "2", "/b/1", "2", "/c/1", "2"));
	}

	private void restore() {
		this.etcd.restoreSnapshot(this.directory.resolve("snapshot"));
		this.etcd.restart();
	}

	private void assertHistoryLost(WatchEvent event) {
		assertThatExceptionOfType(EtcdRequestException.class)
			.isThrownBy(() -> this.ranges.apply(List.of(event), new HashSet<>()))
			.satisfies((ex) -> assertThat(ex.reason()).isEqualTo(Reason.REVISION_GONE));
	}

	private WatchEvent put(String key) {
		return new WatchEvent(this.connection.find(key), null, EventType.PUT);
	}

	private WatchEvent deleted(String key) {
		KeyValue deleted = KeyValue.newBuilder()
			.setKey(ByteString.copyFromUtf8(key))
			.setModRevision(this.etcd.revision())
			.build();
		return new WatchEvent(new io.etcd.jetcd.KeyValue(deleted, ByteSequence.EMPTY), null, EventType.DELETE);
	}

}
