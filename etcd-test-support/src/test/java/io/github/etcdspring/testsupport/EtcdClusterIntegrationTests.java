package io.github.etcdspring.testsupport;

import java.nio.file.Path;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Integration tests for {@link EtcdCluster}.
 */
class EtcdClusterIntegrationTests {

	private static EtcdCluster cluster;

	@TempDir
	private Path directory;

	@BeforeAll
	static void start() {
		cluster = EtcdCluster.start(3);
	}

	@AfterEach
	void repair() {
		cluster.restart();
	}

	@AfterAll
	static void close() {
		cluster.close();
	}

	@Test
	void membersServeTheSameStore() {
		assertThat(cluster.members()).hasSize(3).allMatch(EtcdServer::isServing);
		assertThat(cluster.endpoints()).hasSize(3).doesNotHaveDuplicates();
		assertThat(cluster.followers()).hasSize(2).doesNotContain(cluster.leader());
		cluster.followers().get(0).etcdctl("put", "key", "value");
		assertThat(cluster.members()).allMatch((member) -> member.etcdctl("get", "key").contains("value"));
	}

	@Test
	void killedLeaderIsReplacedAndRejoins() {
		EtcdServer leader = cluster.leader();
		leader.kill();
		assertThat(cluster.leader()).isNotSameAs(leader);
		assertThat(cluster.followers()).hasSize(1);
		cluster.leader().etcdctl("put", "key", "without " + leader.name());
		leader.restart();
		assertThat(leader.etcdctl("get", "key")).contains("without " + leader.name());
	}

	@Test
	void frozenLeaderIsReplaced() {
		EtcdServer leader = cluster.leader();
		leader.freeze();
		assertThat(cluster.leader()).isNotSameAs(leader);
		leader.thaw();
		assertThat(cluster.leader()).isNotSameAs(leader);
	}

	@Test
	void minorityDoesNotServe() {
		EtcdServer survivor = cluster.leader();
		cluster.followers().forEach(EtcdServer::kill);
		assertThatExceptionOfType(CommandException.class)
			.isThrownBy(() -> survivor.etcdctl("put", "key", "minority", "--command-timeout=1s"));
	}

	@Test
	void restoredClusterGoesBackToTheSnapshot() {
		Path snapshot = this.directory.resolve("snapshot");
		EtcdServer leader = cluster.leader();
		leader.etcdctl("put", "key", "before");
		leader.saveSnapshot(snapshot);
		leader.etcdctl("put", "key", "after");
		cluster.members().forEach((member) -> member.restoreSnapshot(snapshot));
		cluster.restart();
		assertThat(cluster.leader().etcdctl("get", "key")).contains("before");
	}

}
