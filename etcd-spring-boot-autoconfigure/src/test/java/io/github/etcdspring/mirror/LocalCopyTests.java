package io.github.etcdspring.mirror;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchEvent.EventType;
import io.github.etcdspring.fixture.Allocation;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LocalCopy}.
 */
class LocalCopyTests {

	private final LocalCopy copy = new LocalCopy();

	private final Set<ByteSequence> changed = new HashSet<>();

	LocalCopyTests() {
		this.copy.begin(Snapshot.of(10, List.of(entry("a", "1", 3), entry("b", "1", 7))));
	}

	@Test
	void appliesEventsInOrder() {
		apply(14, put("a", "2", 11), put("c", "1", 11), delete("b", 12), put("b", "2", 13), delete("c", 14));
		assertThat(RecordingListener.values(this.copy.snapshot())).isEqualTo(Map.of("a", "2", "b", "2"));
		assertThat(this.copy.snapshot().revision()).isEqualTo(14);
		assertThat(this.changed).isEqualTo(keys("a", "b", "c"));
	}

	@Test
	void ignoresEventsThatAreAlreadyApplied() {
		apply(10, put("a", "0", 2), delete("b", 5), put("c", "1", 10));
		assertThat(RecordingListener.values(this.copy.snapshot())).isEqualTo(Map.of("a", "1", "b", "1"));
		assertThat(this.copy.snapshot().revision()).isEqualTo(10);
		assertThat(this.changed).isEmpty();
	}

	@Test
	void keepsEntriesThatCouldNotBeRead() {
		Set<ByteSequence> found = this.copy.replace(Snapshot.of(12, List.of(entry("c", "1", 12))), keys("b")::contains,
				this.changed);
		assertThat(RecordingListener.values(this.copy.snapshot())).isEqualTo(Map.of("b", "1", "c", "1"));
		assertThat(this.copy.snapshot().revision()).isEqualTo(12);
		assertThat(found).isEqualTo(keys("a", "c")).isEqualTo(this.changed);
	}

	@Test
	void appliesEventsWithEntriesOfOtherRanges() {
		UpdatedEntries read = read(2, entry("b", "2", 11), entry("b/c", "1", 13));
		assertThat(this.copy.apply(13, List.of(put("a", "2", 13)), read, this.changed)).isTrue();
		assertThat(RecordingListener.values(this.copy.snapshot())).isEqualTo(Map.of("a", "2", "b", "2", "b/c", "1"));
		assertThat(this.copy.snapshot().revision()).isEqualTo(13);
		assertThat(this.changed).isEqualTo(keys("a", "b", "b/c"));
	}

	@Test
	void appliesEntriesThatAreNewerThanTheEventsOfTheirRange() {
		UpdatedEntries read = read(1, entry("b", "3", 12));
		List<WatchEvent> events = List.of(put("b", "2", 11), put("b/c", "1", 11), delete("b/c", 12), put("a", "2", 13));
		assertThat(this.copy.apply(13, events, read, this.changed)).isTrue();
		assertThat(RecordingListener.values(this.copy.snapshot())).isEqualTo(Map.of("a", "2", "b", "3"));
	}

	@Test
	void appliesNothingIfKeysOfOtherRangesWereDeleted() {
		assertThat(this.copy.apply(13, List.of(put("a", "2", 13)), read(0), this.changed)).isFalse();
		assertThat(this.copy.apply(13, List.of(put("a", "2", 13)), read(1, entry("b/c", "1", 12)), this.changed))
			.isFalse();
		assertThat(RecordingListener.values(this.copy.snapshot())).isEqualTo(Map.of("a", "1", "b", "1"));
		assertThat(this.copy.snapshot().revision()).isEqualTo(10);
		assertThat(this.changed).isEmpty();
	}

	@Test
	void countsTheEntriesOfARangeAfterEachChange() {
		assertThat(this.copy.apply(11, List.of(put("a", "2", 11)), read(1), this.changed)).isTrue();
		apply(12, put("b/c", "1", 12));
		assertThat(this.copy.apply(13, List.of(put("a", "2", 13)), read(2), this.changed)).isTrue();
		apply(14, delete("b", 14));
		assertThat(this.copy.apply(15, List.of(put("a", "2", 15)), read(1), this.changed)).isTrue();
		this.copy.replace(Snapshot.of(16, List.of(entry("a", "1", 3))), (key) -> false, this.changed);
		assertThat(this.copy.apply(17, List.of(put("a", "2", 17)), read(0), this.changed)).isTrue();
		assertThat(RecordingListener.values(this.copy.snapshot())).isEqualTo(Map.of("a", "2"));
	}

	@Test
	void viewCannotBeModified() {
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> this.copy.snapshot().entries().clear());
	}

	/** Every application watches all services, and there may be many. */
	@Test
	void costOfAnEventDoesNotDependOnTheNumberOfEntries() {
		this.copy.begin(Snapshot.of(10, IntStream.range(0, 100_000).mapToObj((i) -> entry("k" + i, "1", 7)).toList()));
		Iterator<List<WatchEvent>> events = IntStream.range(11, 100)
			.mapToObj((i) -> List.of(put("k5", "2", i)))
			.toList()
			.iterator();
		long bytes = Allocation.of(() -> {
			this.copy.apply(11, events.next(), UpdatedEntries.NONE, this.changed);
			return this.copy.snapshot();
		});
		assertThat(bytes).isBetween(1L, 4096L);
	}

	private void apply(long revision, WatchEvent... events) {
		assertThat(this.copy.apply(revision, List.of(events), UpdatedEntries.NONE, this.changed)).isTrue();
	}

	/** Entries of the keys that begin with "b". */
	private static UpdatedEntries read(long count, KeyValue... entries) {
		return new UpdatedEntries(List.of(entries), Map.of(KeyRange.prefix("b"), count));
	}

	private static WatchEvent put(String key, String value, long revision) {
		return new WatchEvent(entry(key, value, revision), null, EventType.PUT);
	}

	private static WatchEvent delete(String key, long revision) {
		return new WatchEvent(entry(key, "", revision), null, EventType.DELETE);
	}

	private static KeyValue entry(String key, String value, long revision) {
		return new KeyValue(io.etcd.jetcd.api.KeyValue.newBuilder()
			.setKey(ByteString.copyFromUtf8(key))
			.setValue(ByteString.copyFromUtf8(value))
			.setCreateRevision(revision)
			.setModRevision(revision)
			.build(), ByteSequence.EMPTY);
	}

	private static Set<ByteSequence> keys(String... names) {
		return Arrays.stream(names)
			.map((name) -> ByteSequence.from(name, StandardCharsets.UTF_8))
			.collect(Collectors.toSet());
	}

}
