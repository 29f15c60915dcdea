package io.github.etcdspring.mirror;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Integration tests for {@link RangeReader}.
 */
class RangeReaderIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	private String prefix;

	@BeforeEach
	void choosePrefix(TestInfo test) {
		this.prefix = "/" + test.getTestMethod().orElseThrow().getName() + test.getDisplayName().hashCode() + "/";
	}

	@Test
	void readsSeveralRangesAtOneRevision() throws Exception {
		store.put(key("a/1"), "1");
		store.put(key("b/1"), "2");
		store.put(key("c"), "3");
		store.put(key("c/1"), "not asked for");
		store.put("/elsewhere", "1");
		RangeReader reader = reader(RangeReader.PAGE_SIZE, KeyRange.prefix(key("a/")), KeyRange.prefix(key("b/")),
				KeyRange.prefix(key("none/")), KeyRange.key(ByteSequence.from(key("c"), StandardCharsets.UTF_8)));
		Snapshot snapshot = reader.list();
		assertThat(RecordingListener.values(snapshot))
			.isEqualTo(Map.of(key("a/1"), "1", key("b/1"), "2", key("c"), "3"));
		assertThat(snapshot.revision()).isEqualTo(etcd.revision());
		assertThat(reader.canResumeFrom(snapshot)).isTrue();
	}

	@Test
	void readsEntriesPutBetweenTwoRevisionsAndCountsAll() throws Exception {
		store.put(key("a/1"), "1");
		store.put(key("a/2"), "1");
		store.put(key("b/1"), "1");
		KeyRange a = KeyRange.prefix(key("a/"));
		KeyRange b = KeyRange.prefix(key("b/"));
		RangeReader reader = reader(RangeReader.PAGE_SIZE, a, b, KeyRange.prefix(key("c/")));
		long before = reader.list().revision();
		store.put(key("c/1"), "1");
		assertThat(reader.putBetween(List.of(a, b), before, store.find(key("c/1"))))
			.isEqualTo(new UpdatedEntries(List.of(), Map.of(a, 2L, b, 1L)));
		store.put(key("a/2"), "2");
		store.put(key("b/2"), "1");
		store.put(key("c/2"), "1");
		KeyValue last = store.find(key("c/2"));
		store.put(key("a/2"), "too late");
		store.delete(key("b/1"));
		UpdatedEntries put = reader.putBetween(List.of(a, b), before, last);
		assertThat(put).isNotNull();
		assertThat(RecordingListener.values(Snapshot.of(0, put.entries())))
			.isEqualTo(Map.of(key("a/2"), "2", key("b/2"), "1"));
		assertThat(put.counts()).isEqualTo(Map.of(a, 2L, b, 2L));
	}

	@Test
	void readsWithinANamespace() throws Exception {
		store.put("/team" + key("a/1"), "1");
		store.put("/team" + key("b/1"), "2");
		store.put(key("b/1"), "not mine");
		try (TestConnection connection = TestConnection.to(etcd.endpoint(), "namespace=/team")) {
			RangeReader reader = new RangeReader(connection.get(),
					List.of(KeyRange.prefix(key("a/")), KeyRange.prefix(key("b/"))));
			Snapshot snapshot = reader.list();
			assertThat(RecordingListener.values(snapshot)).isEqualTo(Map.of(key("a/1"), "1", key("b/1"), "2"));
			assertThat(reader.canResumeFrom(snapshot)).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 7, 24, 25, 26 })
	void readsAllPages(int page) throws Exception {
		Map<String, String> expected = new TreeMap<>();
		for (int i = 0; i < 25; i++) {
			expected.put(key("a/%02d".formatted(i)), "" + i);
			expected.put(key("b/%02d".formatted(i)), "" + i);
		}
		store.transaction(expected);
		RangeReader reader = reader(page, KeyRange.prefix(key("a/")), KeyRange.prefix(key("b/")));
		Snapshot snapshot = reader.list();
		assertThat(RecordingListener.values(snapshot)).isEqualTo(expected);
		assertThat(reader.canResumeFrom(snapshot)).isTrue();
		store.delete(key("b/24"));
		assertThat(RecordingListener.values(reader.list(snapshot.revision()))).isEqualTo(expected);
		assertThat(reader(page, KeyRange.prefix(key("b/"))).list(snapshot.revision()).entries()).hasSize(25);
	}

	/** A single value may be nearly as large as the maximum message. */
	@Test
	void readsRangesSeparatelyIfTogetherTheyExceedTheMessageSize() throws Exception {
		List<KeyRange> ranges = Stream.of("a/", "b/", "c/").map((name) -> KeyRange.prefix(key(name))).toList();
		for (String name : List.of("a/1", "b/1", "b/2", "c/1")) {
			store.put(key(name), "x".repeat(60_000));
		}
		try (TestConnection connection = TestConnection.to(etcd.endpoint(), "max-inbound-message-size=100KB")) {
			RangeReader reader = new RangeReader(connection.get(), ranges);
			Snapshot snapshot = reader.list();
			assertThat(snapshot.entries()).hasSize(4);
			assertThat(reader.canResumeFrom(snapshot)).isTrue();
		}
	}

	@Test
	void reportsACompactedOrFutureRevision() {
		store.put(key("a/1"), "1");
		long before = etcd.revision();
		store.put(key("a/1"), "2");
		store.compact();
		for (RangeReader reader : List.of(reader(10, KeyRange.prefix(key("a/"))),
				reader(10, KeyRange.prefix(key("a/")), KeyRange.prefix(key("b/"))))) {
			assertThatExceptionOfType(EtcdRequestException.class).isThrownBy(() -> reader.list(before))
				.extracting(EtcdRequestException::reason)
				.isEqualTo(Reason.REVISION_GONE);
			assertThatExceptionOfType(EtcdRequestException.class).isThrownBy(() -> reader.list(before + 1000))
				.extracting(EtcdRequestException::reason)
				.isEqualTo(Reason.REVISION_GONE);
		}
	}

	@Test
	void cannotResumeFromASnapshotOfOtherRanges() throws Exception {
		store.put(key("a/1"), "1");
		store.put(key("b/1"), "1");
		store.put(key("c/1"), "1");
		RangeReader ab = reader(10, KeyRange.prefix(key("a/")), KeyRange.prefix(key("b/")));
		RangeReader bc = reader(10, KeyRange.prefix(key("b/")), KeyRange.prefix(key("c/")));
		RangeReader all = reader(10, KeyRange.prefix(key("")));
		assertThat(ab.canResumeFrom(bc.list())).isFalse();
		assertThat(ab.canResumeFrom(all.list())).isFalse();
		assertThat(all.canResumeFrom(ab.list())).isFalse();
	}

	private static RangeReader reader(int page, KeyRange... ranges) {
		return new RangeReader(store.get(), List.of(ranges), page);
	}

	private String key(String name) {
		return this.prefix + name;
	}

}
