package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Integration tests for {@link EtcdServer}.
 */
class EtcdServerIntegrationTests {

	private static final String SHORT_TIMEOUT = "--command-timeout=500ms";

	private static EtcdServer server;

	@TempDir
	private Path directory;

	@BeforeAll
	static void start() {
		server = EtcdServer.start();
	}

	@AfterEach
	void repair() {
		if (!server.isServing()) {
			server.restart();
		}
	}

	@AfterAll
	static void close() {
		server.close();
	}

	@Test
	void servesOnItsEndpoint() {
		assertThat(server.endpoint()).isEqualTo("http://127.0.0.1:" + server.port());
		assertThat(server.isRunning()).isTrue();
		long revision = server.revision();
		server.etcdctl("put", "key", "value");
		assertThat(server.revision()).isEqualTo(revision + 1);
		assertThat(server.etcdctl("get", "key")).isEqualTo("key\nvalue\n");
	}

	@Test
	void restartedServerKeepsItsPortAndData() {
		server.etcdctl("put", "survivor", "killed");
		int port = server.port();
		long pid = server.pid();
		server.kill();
		assertThat(server.isRunning()).isFalse();
		assertThat(ProcessHandle.of(pid)).isEmpty();
		assertThatExceptionOfType(CommandException.class)
			.isThrownBy(() -> server.etcdctl("get", "survivor", SHORT_TIMEOUT));
		server.restart();
		assertThat(server.port()).isEqualTo(port);
		assertThat(server.pid()).isNotEqualTo(pid);
		assertThat(server.etcdctl("get", "survivor")).contains("killed");
	}

	@Test
	void stoppedServerShutsDownGracefully() throws IOException {
		try (EtcdServer talkative = EtcdServer.builder().arguments("--log-level=info").start()) {
			talkative.stop();
			assertThat(talkative.isRunning()).isFalse();
			assertThat(Files.readString(talkative.log())).contains("received signal; shutting down");
		}
	}

	@Test
	void frozenServerDoesNotAnswerAndThawedServerDoes() {
		server.etcdctl("put", "key", "frozen");
		server.freeze();
		assertThat(server.isRunning()).isTrue();
		assertThat(server.isServing()).isFalse();
		assertThatExceptionOfType(CommandException.class).isThrownBy(() -> server.etcdctl("get", "key", SHORT_TIMEOUT));
		server.thaw();
		assertThat(server.isServing()).isTrue();
		assertThat(server.etcdctl("get", "key")).contains("frozen");
	}

	@Test
	void keysPutTogetherHaveOneRevision() {
		long before = server.revision();
		server.putTogether(Map.of("/together/1", "10.0.0.1:80", "/together/2", "2"));
		assertThat(server.revision()).isEqualTo(before + 1);
		assertThat(server.etcdctl("get", "--prefix", "/together/").lines()).containsExactly("/together/1",
				"10.0.0.1:80", "/together/2", "2");
	}

	@Test
	void wipedServerIsEmptyAtTheFirstRevision() {
		server.etcdctl("put", "key", "value");
		server.wipe();
		assertThat(server.isRunning()).isFalse();
		server.restart();
		assertThat(server.revision()).isEqualTo(1);
		assertThat(server.etcdctl("get", "key")).isEmpty();
	}

	@Test
	void restoredServerGoesBackToTheSnapshot() {
		Path snapshot = this.directory.resolve("snapshot");
		server.etcdctl("put", "key", "before");
		long revision = server.revision();
		server.saveSnapshot(snapshot);
		server.etcdctl("put", "key", "after");
		server.restoreSnapshot(snapshot);
		assertThat(server.isRunning()).isFalse();
		server.restart();
		assertThat(server.revision()).isEqualTo(revision);
		assertThat(server.etcdctl("get", "key")).contains("before");
	}

	@Test
	void authenticationRejectsOthersAndSurvivesARestart() {
		try (EtcdServer secured = EtcdServer.builder().arguments("--auth-token-ttl=60").start()) {
			secured.enableAuthentication("secret");
			secured.restart();
			secured.etcdctl("put", "key", "value");
			assertThatExceptionOfType(CommandException.class)
				.isThrownBy(() -> secured.etcdctl("--user=root:wrong", "get", "key"))
				.withMessageContaining("authentication failed");
			secured.etcdctl("user", "add", "alice:former");
			secured.changePassword("alice", "new");
			secured.etcdctl("user", "grant-role", "alice", "root");
			assertThat(secured.etcdctl("--user=alice:new", "get", "key")).contains("value");
			secured.wipe();
			secured.restart();
			assertThat(secured.etcdctl("get", "key")).isEmpty();
		}
	}

	@Test
	void dataInAGivenDirectoryIsKept() {
		try (EtcdServer first = EtcdServer.builder().dataDirectory(this.directory).start()) {
			first.etcdctl("put", "key", "value");
		}
		try (EtcdServer second = EtcdServer.builder().dataDirectory(this.directory).start()) {
			assertThat(second.etcdctl("get", "key")).contains("value");
		}
	}

	@Test
	void closedServerLeavesNothing() {
		EtcdServer closed = EtcdServer.start();
		long pid = closed.pid();
		Path home = closed.log().getParent();
		closed.close();
		assertThat(ProcessHandle.of(pid)).isEmpty();
		assertThat(home).doesNotExist();
		closed.close();
	}

	@Test
	void failedStartShowsTheEndOfTheLog() {
		EtcdServerBuilder builder = EtcdServer.builder().arguments("--no-such-flag");
		assertThatIllegalStateException().isThrownBy(builder::start)
			.withMessageContaining("flag provided but not defined: -no-such-flag");
	}

	@Test
	void reportsAddressInUse() throws IOException {
		try (ServerSocket taken = FreePort.listen()) {
			String url = "http://127.0.0.1:" + taken.getLocalPort();
			EtcdServerBuilder builder = EtcdServer.builder().arguments("--listen-client-urls=" + url);
			assertThatExceptionOfType(AddressInUseException.class).isThrownBy(builder::start);
		}
	}

}
