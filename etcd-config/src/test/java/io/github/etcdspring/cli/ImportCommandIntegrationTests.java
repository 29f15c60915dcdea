package io.github.etcdspring.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;

import io.github.etcdspring.operations.ConfigEntry;
import io.github.etcdspring.operations.EtcdConfigConflictException;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Integration tests for {@link ImportCommand}, {@link DiffCommand}, {@link GetCommand}
 * and {@link HistoryCommand}.
 */
class ImportCommandIntegrationTests {

	private static final String PREFIX = "/config/orders/";

	private static EtcdServer etcd;

	private static EtcdSession session;

	private static EtcdConfigOperations operations;

	@TempDir
	private Path directory;

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
		session = EtcdSession.open(etcd.endpoint());
		operations = session.operations();
	}

	@AfterAll
	static void stopEtcd() {
		session.close();
		etcd.close();
	}

	@BeforeEach
	void prepare() {
		etcd.etcdctl("del", "--prefix", "/");
		operations.save(PREFIX + "greeting", "hello");
		operations.save(PREFIX + "farewell", "s3cret");
		operations.save("/config/orders-archive/size", "1");
		FileTree.write(this.directory, "greeting", "good morning\n");
		FileTree.write(this.directory, "cache/size", "100\n");
	}

	@Test
	void dryRunPrintsTheDifferenceAndWritesNothing() {
		long revision = etcd.revision();
		CommandResult result = run("import", "--dry-run", "--delete");
		assertThat(result.exitCode()).as(result.err()).isZero();
		assertThat(result.lines()).containsExactly("added /config/orders/cache/size", "deleted /config/orders/farewell",
				"changed /config/orders/greeting");
		assertThat(result.out() + result.err()).doesNotContain("hello", "morning", "s3cret");
		assertThat(etcd.revision()).isEqualTo(revision);
	}

	@Test
	void valuesArePrintedOnRequest() {
		assertThat(run("import", "--dry-run", "--show-values").lines()).containsExactly(
				"added /config/orders/cache/size", "  + 100", "changed /config/orders/greeting", "  - hello",
				"  + good morning");
	}

	@Test
	void allChangesAreOneTransaction() {
		CommandResult result = run("import", "--delete");
		assertThat(result.exitCode()).as(result.err()).isZero();
		List<ConfigEntry> entries = operations.list(PREFIX);
		assertThat(entries).extracting(ConfigEntry::key)
			.containsExactly("/config/orders/cache/size", "/config/orders/greeting");
		assertThat(entries).extracting(ConfigEntry::value).containsExactly("100", "good morning");
		assertThat(entries).extracting(ConfigEntry::revision).containsOnly(etcd.revision());
		assertThat(operations.history(PREFIX + "farewell").get(0).revision()).isEqualTo(etcd.revision());
		assertThat(result.lines()).endsWith("written at revision " + etcd.revision());
		assertThat(operations.list("/config/orders-archive/")).hasSize(1);
	}

	@Test
	void keysWithoutAFileAreDeletedOnlyOnRequest() {
		CommandResult result = run("import");
		assertThat(result.exitCode()).isZero();
		assertThat(result.err()).contains("Keys without a file: 1. Use --delete");
		assertThat(operations.list(PREFIX)).hasSize(3);
	}

	@Test
	void hiddenKeysAreKept() {
		operations.save(PREFIX + ".tool/state", "1");
		FileTree.write(this.directory, ".DS_Store", "x");
		CommandResult result = run("import", "--delete");
		assertThat(result.exitCode()).isZero();
		assertThat(result.err()).containsOnlyOnce("Skipped").contains(".DS_Store, .tool/state");
		assertThat(operations.find(PREFIX + ".tool/state")).isNotNull();
		assertThat(operations.find(PREFIX + ".DS_Store")).isNull();
	}

	@Test
	void nothingIsWrittenIfAKeyWasModifiedMeanwhile() {
		StoredConfiguration stored = StoredConfiguration.read(operations, KeyPrefix.of(PREFIX));
		Difference difference = Difference.between(stored, ConfigDirectory.list(this.directory).values(),
				KeyPrefix.of(PREFIX));
		operations.save(PREFIX + "greeting", "good evening");
		StringWriter err = new StringWriter();
		Console console = new Console(new PrintWriter(new StringWriter()), new PrintWriter(err));
		EtcdConfigConflictException conflict = catchThrowableOfType(EtcdConfigConflictException.class,
				() -> new ConditionalWrite(operations, difference, console).write(null));
		assertThat(conflict.getRevisions()).containsOnlyKeys(PREFIX + "greeting");
		assertThat(operations.list(PREFIX)).extracting(ConfigEntry::value).containsExactly("s3cret", "good evening");
		CommandLine commandLine = new CommandLine(new EtcdConfigCommand());
		assertThat(new FailureExit(console).handleExecutionException(conflict, commandLine, null)).isEqualTo(1);
		assertThat(err.toString()).contains("Nothing was written", PREFIX + "greeting");
		assertThatExceptionOfType(EtcdConfigConflictException.class)
			.isThrownBy(() -> new ConditionalWrite(operations, difference, console).propose("jane", ""));
	}

	@Test
	void tooManyChangesForOneTransactionAreRefusedWithTheRemedy() {
		for (int i = 0; i < 130; i++) {
			FileTree.write(this.directory, "many/" + i, "x");
		}
		for (String[] options : new String[][] { {}, { "--ask" } }) {
			CommandResult result = run("import", options);
			assertThat(result.exitCode()).isEqualTo(2);
			assertThat(result.err()).contains("132 changes", "128", "--max-txn-ops");
		}
		assertThat(operations.list(PREFIX)).hasSize(2);
	}

	@Test
	void driftExitsWith1() {
		CommandResult drift = run("diff");
		assertThat(drift.exitCode()).isEqualTo(1);
		assertThat(drift.lines()).containsExactly("added /config/orders/cache/size", "deleted /config/orders/farewell",
				"changed /config/orders/greeting");
		assertThat(run("diff", "--show-values").lines()).contains("  - s3cret");
		assertThat(run("import", "--delete").exitCode()).isZero();
		CommandResult equal = run("diff");
		assertThat(equal.exitCode()).isZero();
		assertThat(equal.out()).isEmpty();
	}

	@Test
	void keyIsPrinted() {
		CommandResult found = CommandResult.run(etcd, "get", PREFIX + "greeting");
		assertThat(found.exitCode()).isZero();
		assertThat(found.lines()).containsExactly("hello");
		CommandResult missing = CommandResult.run(etcd, "get", PREFIX + "missing");
		assertThat(missing.exitCode()).isEqualTo(1);
		assertThat(missing.out()).isEmpty();
		assertThat(missing.err()).contains(PREFIX + "missing");
		assertThat(CommandResult.run(etcd, "get", "").exitCode()).isEqualTo(2);
	}

	@Test
	void historyIsPrintedWithoutValues() {
		long deleted = etcd.revision() + 1;
		operations.delete(PREFIX + "greeting");
		CommandResult history = CommandResult.run(etcd, "history", PREFIX + "greeting");
		assertThat(history.exitCode()).isZero();
		assertThat(history.lines()).startsWith(deleted + " deleted", (deleted - 3) + " put");
		assertThat(history.out()).doesNotContain("hello");
		assertThat(CommandResult.run(etcd, "history", PREFIX + "greeting", "--show-values").lines())
			.contains("  hello");
		assertThat(CommandResult.run(etcd, "history", PREFIX + "missing").exitCode()).isEqualTo(1);
	}

	private CommandResult run(String command, String... options) {
		String[] all = new String[options.length + 4];
		all[0] = command;
		all[1] = this.directory.toString();
		all[2] = "--prefix";
		all[3] = PREFIX;
		System.arraycopy(options, 0, all, 4, options.length);
		return CommandResult.run(etcd, all);
	}

}
