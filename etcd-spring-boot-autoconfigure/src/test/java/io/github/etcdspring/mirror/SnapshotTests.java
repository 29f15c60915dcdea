package io.github.etcdspring.mirror;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

/**
 * Tests for {@link Snapshot}.
 */
class SnapshotTests {

	private final Snapshot snapshot = Snapshot.of(10, List.of(entry("a", "1", 3), entry("b", "1", 7)));

	@Test
	void appliesEventsInTheirOrder() {
		List<WatchEvent> events = List.of(put("a", "2", 11), put("c", "1", 11), delete("b", 12), put("b", "2", 13),
				delete("c", 14));
		Snapshot next = this.snapshot.apply(events);
		assertThat(Changes.values(next)).isEqualTo(Map.of("a", "2", "b", "2"));
		assertThat(next.revision()).isEqualTo(14);
		assertThat(this.snapshot.keysPutOrDeleted(events)).isEqualTo(keys("a", "b", "c"));
		assertThat(Changes.values(this.snapshot)).isEqualTo(Map.of("a", "1", "b", "1"));
	}

	@Test
	void ignoresEventsThatItHoldsAlready() {
		List<WatchEvent> events = List.of(put("a", "0", 2), delete("b", 5), put("c", "1", 10));
		Snapshot next = this.snapshot.apply(events);
		assertThat(Changes.values(next)).isEqualTo(Map.of("a", "1", "b", "1"));
		assertThat(next.revision()).isEqualTo(10);
		assertThat(this.snapshot.keysPutOrDeleted(events)).isEmpty();
	}

	@Test
	void tellsWhatChangedBetweenTwoLists() {
		Snapshot next = Snapshot.of(20, List.of(entry("a", "1", 3), entry("b", "2", 15), entry("c", "1", 16)));
		assertThat(next.changedSince(this.snapshot)).isEqualTo(keys("b", "c"));
		assertThat(this.snapshot.changedSince(next)).isEqualTo(keys("b", "c"));
		assertThat(next.changedSince(Snapshot.NONE)).isEqualTo(keys("a", "b", "c"));
		assertThat(Snapshot.NONE.changedSince(next)).isEqualTo(keys("a", "b", "c"));
	}

	@Test
	void agreesWithTheSameStore() {
		assertThat(this.snapshot.agreesWith(List.of(entry("b", "1", 7), entry("a", "1", 3)), 2)).isTrue();
		assertThat(this.snapshot.agreesWith(List.of(entry("b", "1", 7)), 2)).isTrue();
		assertThat(Snapshot.of(5, List.of()).agreesWith(List.of(), 0)).isTrue();
	}

	@Test
	void disagreesWithAnotherHistory() {
		assertThat(this.snapshot.agreesWith(List.of(entry("b", "1", 7)), 3)).as("count").isFalse();
		assertThat(this.snapshot.agreesWith(List.of(entry("b", "2", 7)), 2)).as("value").isFalse();
		assertThat(this.snapshot.agreesWith(List.of(entry("b", "1", 8)), 2)).as("revision").isFalse();
		assertThat(this.snapshot.agreesWith(List.of(entry("c", "1", 7)), 2)).as("key").isFalse();
		assertThat(this.snapshot.agreesWith(List.of(entry("a", "1", 3)), 2)).as("newer here").isFalse();
		assertThat(this.snapshot.agreesWith(List.of(), 0)).as("empty").isFalse();
		assertThat(Snapshot.of(5, List.of()).agreesWith(List.of(entry("a", "1", 3)), 1)).as("not empty").isFalse();
	}

	/** Which of them come within the limit is up to the server. */
	@Test
	void agreesWithAnyChoiceAmongEntriesOfOneTransaction() {
		List<KeyValue> entries = IntStream.range(0, 10).mapToObj((i) -> entry("k" + i, "1", 7)).toList();
		Snapshot together = Snapshot.of(10, entries);
		assertThat(together.agreesWith(entries.subList(0, 4), 10)).isTrue();
		assertThat(together.agreesWith(entries.subList(5, 9), 10)).isTrue();
	}

	/** Every application follows all services, of which there may be many. */
	@Test
	void oneEventCostsNoMoreWhereThereAreManyEntries() {
		List<WatchEvent> event = List.of(put("k5", "2", 11));
		Snapshot large = Snapshot.of(10, IntStream.range(0, 100_000).mapToObj((i) -> entry("k" + i, "1", 7)).toList());
		long bytes = Allocation.of(() -> large.apply(event));
		assertThat(bytes).isBetween(1L, 4096L);
	}

	@Test
	void showsNoValues() {
		assertThat(this.snapshot).hasToString("Snapshot[revision=10, entries=2]");
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
