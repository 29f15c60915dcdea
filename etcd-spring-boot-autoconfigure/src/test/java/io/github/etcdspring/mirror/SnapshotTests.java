package io.github.etcdspring.mirror;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Snapshot}.
 */
class SnapshotTests {

	private final Snapshot snapshot = Snapshot.of(10, List.of(entry("a", "1", 3), entry("b", "1", 7)));

	@Test
	void findsChangesBetweenTwoLists() {
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

	/** The server decides which of them are within the limit. */
	@Test
	void agreesWithAnyChoiceAmongEntriesOfOneTransaction() {
		List<KeyValue> entries = IntStream.range(0, 10).mapToObj((i) -> entry("k" + i, "1", 7)).toList();
		Snapshot together = Snapshot.of(10, entries);
		assertThat(together.agreesWith(entries.subList(0, 4), 10)).isTrue();
		assertThat(together.agreesWith(entries.subList(5, 9), 10)).isTrue();
	}

	@Test
	void hidesValues() {
		assertThat(this.snapshot).hasToString("Snapshot[revision=10, entries=2]");
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
