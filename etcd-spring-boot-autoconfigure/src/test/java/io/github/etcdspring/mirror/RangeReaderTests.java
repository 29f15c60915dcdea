package io.github.etcdspring.mirror;

import java.util.List;

import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.client.TestConnection;
import io.grpc.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link RangeReader} with a fake server that produces rare failures.
 */
class RangeReaderTests {

	private final FakeEtcd etcd = new FakeEtcd();

	private final TestConnection connection = TestConnection.to(this.etcd.endpoint(), "request-timeout=10s");

	@AfterEach
	void close() {
		this.connection.close();
		this.etcd.close();
	}

	@Test
	void shrinksPagesThatExceedTheMessageSizeAndGrowsThemAgain() throws Exception {
		for (int i = 0; i < 200; i++) {
			this.etcd.put("/%03d".formatted(i), "1");
		}
		RangeReader reader = reader(160, "/");
		this.etcd.limitKeysPerAnswer(40);
		assertThat(reader.list().entries()).hasSize(200);
		assertThat(readsOfOneList(reader)).isEqualTo(5);
		this.etcd.limitKeysPerAnswer(1000);
		for (int i = 0; i < 8; i++) {
			assertThat(reader.list().entries()).hasSize(200);
		}
		assertThat(readsOfOneList(reader)).isEqualTo(2);
	}

	@Test
	void reportsARateLimit() {
		this.etcd.refuseReads(Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: too many requests"), 1);
		assertThatExceptionOfType(EtcdRequestException.class).isThrownBy(() -> reader(160, "/").list())
			.extracting(EtcdRequestException::reason)
			.isEqualTo(Reason.RATE_LIMITED);
		assertThat(this.etcd.reads()).isEqualTo(1);
	}

	@Test
	void excludesForbiddenRanges() throws Exception {
		this.etcd.put("/a/1", "1");
		this.etcd.put("/b/1", "1");
		this.etcd.put("/b/c/1", "1");
		this.etcd.forbid("/b/");
		RangeReader reader = reader(160, "/a/", "/b/", "/b/c/");
		Snapshot snapshot = reader.list();
		assertThat(RecordingListener.values(snapshot)).containsOnlyKeys("/a/1", "/b/c/1");
		assertThat(reader.forbidden()).containsExactly(KeyRange.prefix("/b/"));
		assertThat(reader.canResumeFrom(snapshot)).isTrue();
		assertThat(reader.includePermitted()).isFalse();
		this.etcd.permit("/b/");
		assertThat(reader.includePermitted()).isTrue();
		assertThat(RecordingListener.values(reader.list())).containsOnlyKeys("/a/1", "/b/1", "/b/c/1");
	}

	@Test
	void failsIfAllRangesAreForbidden() {
		this.etcd.forbid("/a/");
		this.etcd.forbid("/b/");
		RangeReader reader = reader(160, "/a/", "/b/");
		assertThatExceptionOfType(EtcdRequestException.class).isThrownBy(reader::list)
			.extracting(EtcdRequestException::reason)
			.isEqualTo(Reason.PERMISSION_DENIED);
		assertThat(reader.forbidden()).isEmpty();
	}

	private int readsOfOneList(RangeReader reader) throws Exception {
		int before = this.etcd.reads();
		reader.list();
		return this.etcd.reads() - before;
	}

	private RangeReader reader(int page, String... prefixes) {
		return new RangeReader(this.connection.get(), List.of(prefixes).stream().map(KeyRange::prefix).toList(), page);
	}

}
