package io.github.etcdspring.cli;

import java.nio.file.Path;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for {@link ImportCommand} with instances that import the keys.
 */
class ImportWithInstancesIntegrationTests {

	private static final String HUNG = "/fleet/orders/hung";

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext orders;

	@TempDir
	private Path directory;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		orders = OrdersApplication.start(etcd, "one");
	}

	@AfterAll
	static void stop() {
		orders.close();
		etcd.close();
	}

	@BeforeEach
	void deleteKeys() {
		etcd.etcdctl("del", "--prefix", "/config/");
		etcd.etcdctl("del", HUNG);
		FileTree.write(this.directory, "greeting", "hello\n");
	}

	@Test
	void waitsUntilAllInstancesHaveAppliedTheChanges() {
		FileTree.write(this.directory, "cache/size", "100\n");
		CommandResult result = run("--wait", "20s");
		assertThat(result.exitCode()).as(result.err()).isZero();
		assertThat(result.lines()).endsWith("applied orders/one 1.4.0");
		assertThat(orders.getEnvironment().getProperty("cache.size")).isEqualTo("100");
	}

	@Test
	void namesTheInstancesThatRejectTheChangesAndWhy() {
		FileTree.write(this.directory, "cache/size", "s3cret\n");
		CommandResult result = run("--wait", "20s");
		assertThat(result.exitCode()).isEqualTo(1);
		assertThat(result.lines()).last()
			.asString()
			.startsWith("rejected orders/one 1.4.0: /config/orders/cache/size: ")
			.contains("cache.size");
		assertThat(result.out() + result.err()).doesNotContain("s3cret");
		assertThat(result.err()).contains("Not all instances");
		assertThat(value()).isEqualTo("s3cret");
	}

	@Test
	void namesTheInstancesThatDoNotAnswer() {
		hang();
		FileTree.write(this.directory, "cache/size", "100\n");
		CommandResult result = run("--wait", "2s");
		assertThat(result.exitCode()).isEqualTo(1);
		assertThat(result.lines()).contains("applied orders/one 1.4.0", "unanswered orders/hung");
		assertThat(value()).isEqualTo("100");
	}

	@Test
	void askedInstancesPreventTheWriteWithKeyAndReason() {
		FileTree.write(this.directory, "cache/size", "s3cret\n");
		CommandResult result = run("--ask", "--author", "jane", "--comment", "larger");
		assertThat(result.exitCode()).isEqualTo(1);
		assertThat(result.lines()).last()
			.asString()
			.startsWith("rejected orders/one 1.4.0: /config/orders/cache/size: ")
			.contains("cache.size");
		assertThat(result.err()).contains("Nothing was written");
		assertThat(result.out() + result.err()).doesNotContain("s3cret");
		assertThat(etcd.etcdctl("get", "--prefix", "/config/")).isEmpty();
	}

	@Test
	void changesThatAllInstancesAcceptAreWritten() {
		FileTree.write(this.directory, "cache/size", "200\n");
		CommandResult asked = run("--ask", "--dry-run");
		assertThat(asked.exitCode()).as(asked.err()).isZero();
		assertThat(asked.lines()).endsWith("accepted orders/one 1.4.0");
		assertThat(etcd.etcdctl("get", "--prefix", "/config/")).isEmpty();
		CommandResult written = run("--ask", "--wait", "20s");
		assertThat(written.exitCode()).as(written.err()).isZero();
		assertThat(written.out()).containsPattern(
				"(?m)^accepted orders/one 1.4.0\\R" + "written at revision \\d+\\R" + "applied orders/one 1.4.0$");
		assertThat(etcd.etcdctl("get", "--prefix", "--keys-only", "/config/").lines().filter((line) -> !line.isEmpty()))
			.containsExactly("/config/orders/cache/size", "/config/orders/greeting");
	}

	@Test
	void changesAreAppliedOnSomeInstancesFirst() {
		FileTree.write(this.directory, "cache/size", "300\n");
		CommandResult result = run("--ask", "--roll-out", "instance=one:1s,100%:1s", "--author", "jane", "--comment",
				"larger");
		assertThat(result.exitCode()).as(result.err()).isZero();
		assertThat(result.out())
			.containsPattern("(?m)^accepted orders/one 1.4.0\\R" + "rollout [0-9a-f]+ started\\R" + "written$");
		assertThat(value()).isEqualTo("300");
		assertThat(etcd.etcdctl("get", "--prefix", "/history/config/orders/")).contains("\"author\":\"jane\"");
	}

	@Test
	void stoppedRolloutWritesNothing() {
		FileTree.write(this.directory, "cache/size", "s3cret\n");
		CommandResult result = run("--roll-out", "100%:1s");
		assertThat(result.exitCode()).isEqualTo(1);
		assertThat(result.lines()).last().asString().startsWith("stopped: instance orders/one objects: ");
		assertThat(result.out() + result.err()).doesNotContain("s3cret");
		assertThat(etcd.etcdctl("get", "/config/orders/cache/size")).isEmpty();
	}

	@Test
	void dryRunRollsNothingOut() {
		CommandResult result = run("--dry-run", "--roll-out", "100%:1s");
		assertThat(result.exitCode()).isZero();
		assertThat(etcd.etcdctl("get", "--prefix", "/config/")).isEmpty();
	}

	@Test
	void instanceThatDoesNotAnswerPreventsTheWrite() {
		hang();
		FileTree.write(this.directory, "cache/size", "100\n");
		CommandResult result = run("--ask", "--wait", "2s");
		assertThat(result.exitCode()).isEqualTo(1);
		assertThat(result.lines()).contains("accepted orders/one 1.4.0", "unanswered orders/hung");
		assertThat(etcd.etcdctl("get", "--prefix", "/config/")).isEmpty();
	}

	@Test
	void nothingIsWrittenIfNoInstanceCanBeAsked() {
		CommandResult result = CommandResult.run(etcd, "import", this.directory.toString(), "--prefix", "/config/shop/",
				"--ask");
		assertThat(result.exitCode()).isEqualTo(1);
		assertThat(result.err()).contains("no live instance imports the keys");
		assertThat(etcd.etcdctl("get", "--prefix", "/config/")).isEmpty();
	}

	private void hang() {
		etcd.etcdctl("put", HUNG, "{\"applied\":1,\"seen\":1,\"imports\":[\"/config/orders/\"]}");
	}

	private String value() {
		return etcd.etcdctl("get", "--print-value-only", "/config/orders/cache/size").strip();
	}

	private CommandResult run(String... options) {
		String[] all = new String[options.length + 4];
		all[0] = "import";
		all[1] = this.directory.toString();
		all[2] = "--prefix";
		all[3] = "/config/orders/";
		System.arraycopy(options, 0, all, 4, options.length);
		return CommandResult.run(etcd, all);
	}

}
