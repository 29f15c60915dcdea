package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for the history: {@link HistoryRecorder} and {@link HistoryReader}.
 */
@ExtendWith(OutputCaptureExtension.class)
class EtcdHistoryIntegrationTests {

	private static final String ORDERS = "/config/orders/";

	private static final String KEY = ORDERS + "greeting";

	private static final String OTHER = ORDERS + "cache/size";

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private final HistoryFixture own = HistoryFixture.with(store);

	private final EtcdConfigOperations operations = this.own.operations();

	private final EtcdHistoryOperations history = this.own.history();

	@Test
	void eachWriteLeavesAnEntryInTheSameTransaction() {
		long revision = this.operations.as("jane", "Larger cache")
			.write(ConfigChange.put(KEY, "hello"), ConfigChange.put(OTHER, "200"))
			.revision();
		KeyValue entry = entries().get(0);
		assertThat(entries()).hasSize(1);
		assertThat(entry.getModRevision()).isEqualTo(revision);
		assertThat(entry.getKey().toString()).matches("/history/config/orders/\\d{8}T\\d{9}Z-[0-9a-f]{12}");
		assertThat(this.history.list(ORDERS)).singleElement().satisfies((found) -> {
			assertThat(found.revision()).isEqualTo(revision);
			assertThat(found.author()).isEqualTo("jane");
			assertThat(found.comment()).isEqualTo("Larger cache");
			assertThat(found.time()).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
			assertThat(found.isOutside()).isFalse();
			assertThat(found.changes()).containsExactly(new HistoryChange(OTHER, null, text("200")),
					new HistoryChange(KEY, null, text("hello")));
		});
	}

	@Test
	void entriesContainFormerAndNewValueAndDeletions() {
		this.operations.save(KEY, "1");
		this.operations.save(KEY, "2");
		assertThat(this.operations.delete(KEY)).isTrue();
		assertThat(this.operations.delete(KEY)).isFalse();
		assertThat(this.history.list(KEY)).flatExtracting(HistoryEntry::changes)
			.containsExactly(new HistoryChange(KEY, text("2"), null), new HistoryChange(KEY, text("1"), text("2")),
					new HistoryChange(KEY, null, text("1")));
		assertThat(this.history.list(ORDERS)).extracting(HistoryEntry::author).containsOnly("orders");
	}

	@Test
	void restoresAreRecordedWithTheRestoredRevision() {
		long first = this.operations.save(KEY, "1").revision();
		this.operations.save(KEY, "2");
		this.operations.restoreAll(ORDERS, first);
		assertThat(this.history.list(ORDERS).get(0).comment()).isEqualTo("Restore revision " + first);
		assertThat(this.history.list(ORDERS).get(0).changes())
			.containsExactly(new HistoryChange(KEY, text("2"), text("1")));
	}

	@Test
	void listsOnlyChangesOfKeysWithThePrefix() {
		this.operations.write(ConfigChange.put(KEY, "1"), ConfigChange.put(OTHER, "2"),
				ConfigChange.put("/config/orders,prod/greeting", "3"), ConfigChange.put("/config/direct", "4"),
				ConfigChange.put("/teams/blue/a/b", "5"));
		assertThat(keys(this.history.list(OTHER))).containsExactly(OTHER);
		assertThat(keys(this.history.list(ORDERS))).containsExactly(OTHER, KEY);
		assertThat(keys(this.history.list("/config/"))).containsExactly("/config/direct",
				"/config/orders,prod/greeting", OTHER, KEY);
		assertThat(keys(this.history.list("/config/direct"))).containsExactly("/config/direct");
		assertThat(keys(this.history.list("/teams/blue/"))).containsExactly("/teams/blue/a/b");
		assertThat(keys(this.history.list("/teams/blue/a/b"))).containsExactly("/teams/blue/a/b");
		assertThat(this.history.list("/config/")).hasSize(1);
		assertThat(this.history.list("/config/shop/")).isEmpty();
	}

	@Test
	void conflictLeavesNoEntry() {
		ConfigEntry read = this.operations.save(KEY, "1");
		this.operations.save(KEY, "2");
		assertThatExceptionOfType(EtcdConfigConflictException.class).isThrownBy(() -> this.operations
			.write(ConfigChange.put(OTHER, "x"), ConfigChange.put(KEY, "3").ifRevision(read.revision())));
		assertThat(entries()).hasSize(2);
	}

	@Test
	void unconditionalWritesOfManyWritersAllSucceedAndRecordTheirFormerValueIfItIsKnown() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(4);
		try {
			List<Future<?>> writers = new ArrayList<>();
			for (int i = 0; i < 40; i++) {
				String value = String.valueOf(i);
				writers.add(threads.submit(() -> this.operations.save(KEY, value)));
			}
			for (Future<?> writer : writers) {
				writer.get(20, TimeUnit.SECONDS);
			}
		}
		finally {
			threads.shutdownNow();
		}
		List<HistoryEntry> found = this.history.list(KEY);
		assertThat(found).hasSize(40).noneMatch(HistoryEntry::isOutside);
		for (int i = 0; i + 1 < found.size(); i++) {
			ConfigValue former = found.get(i).changes().get(0).former();
			assertThat(former).isIn(found.get(i + 1).changes().get(0).value(), ConfigValue.UNKNOWN);
		}
	}

	@Test
	void writesSucceedWhileAnotherToolWritesTheSameKey() throws Exception {
		HistoryFixture large = HistoryFixture.with(store, "max-entries=10000");
		AtomicBoolean done = new AtomicBoolean();
		ExecutorService thread = Executors.newSingleThreadExecutor();
		try {
			Future<?> other = thread.submit(() -> {
				while (!done.get()) {
					store.put(KEY, "other");
				}
			});
			IntStream.range(0, 10).forEach((i) -> large.operations().save(KEY, String.valueOf(i)));
			done.set(true);
			other.get(20, TimeUnit.SECONDS);
		}
		finally {
			done.set(true);
			thread.shutdownNow();
		}
		assertThat(this.history.list(KEY).stream().filter((entry) -> !entry.isOutside())).hasSize(10);
	}

	@Test
	void survivesCompaction() {
		long first = this.operations.save(KEY, "1").revision();
		this.operations.save(KEY, "2");
		this.operations.save(KEY, "3");
		etcd.etcdctl("compact", String.valueOf(etcd.revision()));
		assertThat(this.operations.history(KEY)).hasSize(1);
		List<HistoryEntry> found = this.history.list(KEY);
		assertThat(found).hasSize(3);
		assertThat(found.get(2).revision()).isEqualTo(first);
		assertThat(found.get(2).changes().get(0).value()).isEqualTo(text("1"));
	}

	@Test
	void secretsAreRecordedAsHashesOnly() {
		HistoryFixture secretive = HistoryFixture.with(store, "secret-prefixes=/config/orders/db/");
		secretive.operations().save("/config/orders/db/password", "s3cret");
		secretive.operations().save("/config/orders/db/password", "s3cret2");
		secretive.operations().save(KEY, "visible");
		assertThat(etcd.etcdctl("get", "--prefix", "/history/")).contains("visible", "sha256").doesNotContain("s3cret");
		HistoryEntry changed = secretive.history().list("/config/orders/db/").get(0);
		ConfigValue former = changed.changes().get(0).former();
		assertThat(former.text()).isNull();
		assertThat(former.sha256()).isEqualTo("1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0");
		assertThat(former.isSameAs(text("s3cret"))).isTrue();
		assertThat(former.isSameAs(text("s3cret2"))).isFalse();
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(changed::undo)
			.withMessageContaining("/config/orders/db/password");
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(changed::redo)
			.withMessageContaining("/config/orders/db/password");
	}

	@Test
	void prunesTheOldestEntriesOfADirectoryByNumber() {
		HistoryFixture bounded = HistoryFixture.with(store, "max-entries=3");
		bounded.operations().save("/config/shop/greeting", "kept");
		for (int i = 1; i <= 6; i++) {
			bounded.operations().save(KEY, String.valueOf(i));
		}
		assertThat(entries()).hasSize(3);
		assertThat(bounded.history().list(KEY)).extracting((entry) -> entry.changes().get(0).value())
			.containsExactly(text("6"), text("5"), text("4"));
		assertThat(bounded.history().list("/config/shop/")).hasSize(1);
	}

	@Test
	void keysWithPrunedEntriesAreNotTakenForWritesByOtherTools() {
		HistoryFixture bounded = HistoryFixture.with(store, "max-entries=2");
		bounded.operations().save(OTHER, "1");
		IntStream.range(0, 4).forEach((i) -> bounded.operations().save(KEY, String.valueOf(i)));
		assertThat(bounded.history().list(ORDERS)).hasSize(2).noneMatch(HistoryEntry::isOutside);
		bounded.operations().save(OTHER, "2");
		assertThat(bounded.history().list(ORDERS)).hasSize(2).noneMatch(HistoryEntry::isOutside);
		store.put(KEY, "by hand");
		assertThat(bounded.history().list(ORDERS)).first().matches(HistoryEntry::isOutside);
	}

	@Test
	void prunesEntriesByAge() {
		String old = "/history/config/orders/20200101T000000000Z-0123456789ab";
		store.put(old, "{\"time\":\"2020-01-01T00:00:00Z\",\"author\":\"jane\",\"comment\":\"\",\"changes\":"
				+ "[{\"key\":\"" + KEY + "\",\"value\":{\"text\":\"old\"}}]}");
		this.operations.save(OTHER, "1");
		assertThat(store.find(old)).isNull();
		assertThat(entries()).hasSize(1);
	}

	@Test
	void prunesABoundedNumberOfEntriesAtOnce() {
		IntStream.range(0, 60).forEach((i) -> this.operations.save(KEY, String.valueOf(i)));
		HistoryFixture bounded = HistoryFixture.with(store, "max-entries=5");
		bounded.operations().save(KEY, "next");
		assertThat(entries()).hasSize(11);
		bounded.operations().save(KEY, "last");
		assertThat(entries()).hasSize(5);
	}

	@Test
	void writesByOtherToolsAreRecordedWhenTheHistoryIsRead() {
		this.operations.save(KEY, "1");
		store.put(KEY, "2");
		store.transaction(Map.of(KEY, "3", OTHER, "x"));
		long outside = store.find(KEY).getModRevision();
		List<HistoryEntry> found = this.history.list(ORDERS);
		assertThat(found).extracting(HistoryEntry::author).containsExactly("outside", "outside", "orders");
		assertThat(found.get(0).revision()).isEqualTo(outside);
		assertThat(found.get(0).changes()).containsExactly(new HistoryChange(OTHER, null, text("x")),
				new HistoryChange(KEY, text("2"), text("3")));
		assertThat(found.get(1).changes()).containsExactly(new HistoryChange(KEY, text("1"), text("2")));
		etcd.etcdctl("compact", String.valueOf(etcd.revision()));
		assertThat(this.history.list(ORDERS)).isEqualTo(found);
		assertThat(entries()).hasSize(3);
	}

	@Test
	void historyCanBeReadWithoutRecording() {
		this.operations.save(KEY, "1");
		store.put(KEY, "2");
		this.operations.save(OTHER, "x");
		store.delete(OTHER);
		long revision = etcd.revision();
		List<HistoryEntry> found = this.history.listWithoutRecording(ORDERS);
		assertThat(found).extracting(HistoryEntry::author).containsExactly("outside", "orders", "outside", "orders");
		assertThat(found.get(0).revision()).isEqualTo(revision);
		assertThat(etcd.revision()).isEqualTo(revision);
		assertThat(this.history.list(ORDERS)).extracting(HistoryEntry::changes)
			.isEqualTo(found.stream().map(HistoryEntry::changes).toList());
		assertThat(this.history.listWithoutRecording(ORDERS)).isEqualTo(this.history.list(ORDERS));
	}

	@Test
	void writesByOtherToolsAreRecordedWhenAWriteReplacesThem() {
		store.put(KEY, "1");
		long outside = store.find(KEY).getModRevision();
		this.operations.save(KEY, "2");
		assertThat(entries()).hasSize(2);
		assertThat(this.history.list(KEY)).extracting(HistoryEntry::author).containsExactly("orders", "outside");
		assertThat(this.history.list(KEY).get(1).revision()).isEqualTo(outside);
		this.operations.save(KEY, "3");
		assertThat(entries()).hasSize(3);
	}

	@Test
	void compactedFormerValuesOfOtherToolsAreUnknown() {
		store.put(KEY, "1");
		store.put(KEY, "2");
		store.compact();
		HistoryEntry found = this.history.list(KEY).get(0);
		assertThat(this.history.list(KEY)).hasSize(1);
		assertThat(found.changes()).containsExactly(new HistoryChange(KEY, ConfigValue.UNKNOWN, text("2")));
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(found::undo).withMessageContaining(KEY);
		assertThat(found.redo()).hasSize(1);
	}

	@Test
	void keysOfAWriteByAnotherToolThatAreSeenLaterAreAdded() {
		this.operations.save("/config/orders/other", "x");
		store.transaction(Map.of(KEY, "1", OTHER, "2"));
		assertThat(keys(this.history.list(KEY))).containsExactly(KEY);
		assertThat(this.history.list(ORDERS)).first()
			.extracting((entry) -> keys(List.of(entry)))
			.isEqualTo(List.of(OTHER, KEY));
		assertThat(this.history.list(ORDERS)).hasSize(2);
	}

	@Test
	void readerWithoutWritePermissionSeesWritesByOtherTools() {
		EtcdServer secured = this.opened.etcd();
		secured.etcdctl("put", KEY, "by hand");
		secured.etcdctl("role", "add", "reader");
		secured.etcdctl("role", "grant-permission", "reader", "--prefix=true", "read", ORDERS);
		secured.etcdctl("role", "grant-permission", "reader", "--prefix=true", "read", "/history/config/orders/");
		secured.etcdctl("user", "add", "reader:pw");
		secured.etcdctl("user", "grant-role", "reader", "reader");
		secured.enableAuthentication("pw2");
		EtcdHistoryOperations reader = HistoryFixture
			.with(this.opened.connection(List.of(secured.endpoint()), "username=reader", "password=pw"))
			.history();
		assertThat(reader.list(ORDERS)).singleElement().matches(HistoryEntry::isOutside);
		assertThat(reader.list(ORDERS)).hasSize(1);
	}

	@Test
	void historyIsWithinTheNamespace() {
		HistoryFixture team = HistoryFixture.with(this.opened.connection(List.of(etcd.endpoint()), "namespace=/team"),
				"max-entries=2");
		IntStream.range(0, 4).forEach((i) -> team.operations().save(KEY, String.valueOf(i)));
		store.put("/team" + KEY, "by hand");
		assertThat(team.history().list(ORDERS)).hasSize(3).first().matches(HistoryEntry::isOutside);
		team.history().saveSnapshot(ORDERS, "one");
		assertThat(team.history().snapshots(ORDERS)).containsExactly("one");
		assertThat(etcd.etcdctl("get", "--prefix", "--keys-only", "/history/")).isBlank();
		assertThat(etcd.etcdctl("get", "--prefix", "--keys-only", "/team/history/config/orders/")).isNotBlank();
	}

	@Test
	void deletionsByOtherToolsAreRecorded() {
		this.operations.save(KEY, "1");
		store.put(KEY, "2");
		store.delete(KEY);
		long deleted = etcd.revision();
		List<HistoryEntry> found = this.history.list(KEY);
		assertThat(found).extracting(HistoryEntry::author).containsExactly("outside", "outside", "orders");
		assertThat(found.get(0).revision()).isEqualTo(deleted);
		assertThat(found).flatExtracting(HistoryEntry::changes)
			.startsWith(new HistoryChange(KEY, text("2"), null), new HistoryChange(KEY, text("1"), text("2")));
		assertThat(this.history.list(KEY)).isEqualTo(found);
	}

	@Test
	void compactedDeletionsByOtherToolsAreRecordedAtTheRevisionAtWhichTheyWereSeen() {
		this.operations.save(KEY, "1");
		store.delete(KEY);
		store.compact();
		long seen = etcd.revision();
		List<HistoryEntry> found = this.history.list(KEY);
		assertThat(found.get(0).revision()).isEqualTo(seen);
		assertThat(found.get(0).changes()).containsExactly(new HistoryChange(KEY, ConfigValue.UNKNOWN, null));
		assertThat(this.history.list(KEY)).isEqualTo(found);
	}

	@Test
	void undoRestoresFormerValuesUnlessModifiedSince() {
		this.operations.write(ConfigChange.put(KEY, "1"), ConfigChange.put(OTHER, "x"));
		this.operations.write(ConfigChange.put(KEY, "2"), ConfigChange.delete(OTHER),
				ConfigChange.put(ORDERS + "new", "y"));
		HistoryEntry entry = this.history.list(ORDERS).get(0);
		this.operations.as("jane", "Undo").write(entry.undo());
		assertThat(this.operations.list(ORDERS)).extracting(ConfigEntry::value).containsExactly("x", "1");
		assertThatExceptionOfType(EtcdConfigConflictException.class)
			.isThrownBy(() -> this.operations.write(entry.undo()));
		this.operations.write(entry.redo());
		assertThat(this.operations.list(ORDERS)).extracting(ConfigEntry::value).containsExactly("2", "y");
	}

	@Test
	void writesWithoutPermissionSucceedWithoutAnEntryAndWarnOnce(CapturedOutput output) {
		EtcdServer secured = this.opened.etcd();
		secured.etcdctl("role", "add", "editor");
		secured.etcdctl("role", "grant-permission", "editor", "--prefix=true", "readwrite", ORDERS);
		secured.etcdctl("user", "add", "editor:pw");
		secured.etcdctl("user", "grant-role", "editor", "editor");
		secured.enableAuthentication("pw2");
		HistoryFixture editor = HistoryFixture
			.with(this.opened.connection(List.of(secured.endpoint()), "username=editor", "password=pw"));
		ConfigEntry one = editor.operations().save(KEY, "s3cret");
		editor.operations().write(ConfigChange.put(KEY, "2").ifRevision(one.revision()));
		assertThat(editor.operations().delete(KEY)).isTrue();
		assertThatExceptionOfType(EtcdConfigConflictException.class)
			.isThrownBy(() -> editor.operations().write(ConfigChange.put(KEY, "3").ifRevision(one.revision())));
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> editor.history().list(ORDERS))
			.withMessageContaining("permission denied");
		assertThat(output)
			.containsOnlyOnce("Writes of configuration are not recorded in the history under /history/config/orders/: ")
			.contains("permission denied", "readwrite <prefix>', or set spring.cloud.etcd.config.history.enabled=false")
			.doesNotContain("s3cret");
	}

	@Test
	void permittedRolesRecordWithoutARestart(CapturedOutput output) {
		EtcdServer secured = this.opened.etcd();
		secured.etcdctl("role", "add", "editor");
		secured.etcdctl("role", "grant-permission", "editor", "--prefix=true", "readwrite", ORDERS);
		secured.etcdctl("role", "grant-permission", "editor", "--prefix=true", "readwrite", "/history/config/orders/");
		secured.etcdctl("user", "add", "editor:pw");
		secured.etcdctl("user", "grant-role", "editor", "editor");
		secured.enableAuthentication("pw2");
		HistoryFixture editor = HistoryFixture.with(
				this.opened.connection(List.of(secured.endpoint()), "username=editor", "password=pw"), "max-entries=2");
		for (int i = 0; i < 4; i++) {
			editor.operations().save(KEY, String.valueOf(i));
		}
		assertThat(editor.history().list(ORDERS)).hasSize(2);
		assertThat(editor.history().list(KEY)).hasSize(2);
		assertThat(output).doesNotContain("not recorded");
	}

	@Test
	void deletionsSucceedWithoutAnEntryWhenEtcdIsFull(CapturedOutput output) {
		try (EtcdServer full = EtcdServer.builder().arguments("--quota-backend-bytes=200000").start()) {
			HistoryFixture own = HistoryFixture.with(this.opened.connection(List.of(full.endpoint())), "enabled=false");
			// etcd knows its size only after each commit, every 100 ms
			await().atMost(Duration.ofSeconds(30))
				.pollInterval(Duration.ofMillis(10))
				.untilAsserted(() -> assertThatExceptionOfType(EtcdConfigException.class)
					.isThrownBy(() -> own.operations().save(KEY, "x".repeat(50_000)))
					.withMessageContaining("space exceeded"));
			HistoryFixture recording = HistoryFixture.with(own.connection());
			assertThat(recording.operations().delete(KEY)).isTrue();
			assertThatExceptionOfType(EtcdConfigException.class)
				.isThrownBy(() -> recording.operations().save(KEY, "1"));
			assertThat(recording.operations().find(KEY)).isNull();
		}
		assertThat(output).containsOnlyOnce("Writes of configuration are not recorded in the history under ");
	}

	@Test
	void writesSucceedWithoutAnEntryThatIsTooLarge(CapturedOutput output) {
		try (EtcdServer small = EtcdServer.builder().arguments("--max-request-bytes=300000").start()) {
			HistoryFixture own = HistoryFixture.with(this.opened.connection(List.of(small.endpoint())));
			own.operations().save(KEY, "small");
			own.operations().save(KEY, "x".repeat(200_000));
			assertThat(own.operations().find(KEY).value()).hasSize(200_000);
			assertThat(own.history().list(KEY)).last().matches((entry) -> entry.author().equals("orders"));
		}
		assertThat(output).containsOnlyOnce("Writes of configuration are not recorded in the history under ");
	}

	@Test
	void authorIsTheApplicationUnlessThereIsAUser() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "shop", Application.class).run()) {
			context.getBean(EtcdConfigOperations.class).save(KEY, "1");
			assertThat(context.getBean(EtcdHistoryOperations.class).list(KEY)).extracting(HistoryEntry::author)
				.containsExactly("shop");
		}
		try (EtcdServer secured = EtcdServer.start()) {
			secured.enableAuthentication("pw");
			try (ConfigurableApplicationContext context = Applications.plain(secured, "shop", Application.class)
				.properties("spring.cloud.etcd.username=root", "spring.cloud.etcd.password=pw")
				.run()) {
				context.getBean(EtcdConfigOperations.class).save(KEY, "1");
				assertThat(context.getBean(EtcdHistoryOperations.class).list(KEY)).extracting(HistoryEntry::author)
					.containsExactly("root");
			}
		}
	}

	@Test
	void entryTakesOneOperationOfATransactionForEachApplication() {
		this.operations.write(changes(127, ORDERS));
		assertThat(entries()).hasSize(1);
		assertThatExceptionOfType(EtcdConfigException.class)
			.isThrownBy(() -> this.operations.write(changes(128, ORDERS)))
			.withMessageContaining("too many operations");
		assertThat(entries()).hasSize(1);
	}

	@Test
	void valuesThatAreTooLargeForATransactionAreRecordedAsHashes() {
		String large = "x".repeat(900_000);
		this.operations.save(KEY, large);
		this.operations.write(ConfigChange.put(KEY, large + "y"), ConfigChange.put(OTHER, "small"));
		HistoryEntry entry = this.history.list(ORDERS).get(0);
		assertThat(entry.changes()).extracting(HistoryChange::value).first().isEqualTo(text("small"));
		assertThat(entry.changes().get(1).former().text()).isNull();
		assertThat(entry.changes().get(1).former().isSameAs(text(large))).isTrue();
	}

	@Test
	void valuesThatAreNotUtf8AreRecordedAsHashes() {
		ByteSequence key = ByteSequence.from(KEY.getBytes(StandardCharsets.UTF_8));
		store.client().getKVClient().put(key, ByteSequence.from(new byte[] { (byte) 0xff })).join();
		this.operations.save(KEY, "text");
		ConfigValue former = this.history.list(KEY).get(0).changes().get(0).former();
		assertThat(former.text()).isNull();
		assertThat(former.sha256()).hasSize(64);
	}

	@Test
	void invalidEntriesAreSkippedAndLoggedOnce(CapturedOutput output) {
		this.operations.save(KEY, "1");
		String name = "/history/config/orders/20260101T000000000Z-00000000000";
		List<String> invalid = List.of("no json", "[]", "{}", "{\"author\":\"jane\",\"changes\":[1]}",
				"{\"author\":\"jane\",\"changes\":[{\"key\":\"s3cret\",\"value\":1}]}",
				"{\"author\":\"jane\",\"time\":\"yesterday\"}", "{\"author\":{}}", "{\"author\":\"jane\"} {}");
		IntStream.range(0, invalid.size()).forEach((i) -> store.put(name + i, invalid.get(i)));
		store.put("/history/config/orders/other", "not an entry");
		assertThat(this.history.list(ORDERS)).hasSize(1);
		assertThat(this.history.list(ORDERS)).hasSize(1);
		for (int i = 0; i < invalid.size(); i++) {
			assertThat(output).containsOnlyOnce("The history entry " + name + i + " is skipped: ");
		}
		assertThat(output).doesNotContain("s3cret");
		this.operations.save(KEY, "2");
		assertThat(this.history.list(ORDERS)).hasSize(2);
	}

	@Test
	void keysOfTheHistoryAreNotRecorded() {
		this.operations.save(KEY, "s3cret");
		String entry = entries().get(0).getKey().toString();
		assertThat(this.operations.delete(entry)).isTrue();
		assertThat(etcd.etcdctl("get", "--prefix", "/history/")).isBlank();
	}

	@Test
	void disabledHistoryRecordsNothing() {
		HistoryFixture disabled = HistoryFixture.with(store, "enabled=false");
		disabled.operations().save(KEY, "1");
		disabled.operations().write(changes(128, ORDERS));
		assertThat(disabled.history().list(ORDERS)).isEmpty();
		assertThat(etcd.etcdctl("get", "--prefix", "/history/")).isBlank();
	}

	@Test
	void authorsAreNamed() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.operations.as("", ""));
		assertThatIllegalArgumentException().isThrownBy(() -> this.operations.as("outside", ""));
		assertThatIllegalArgumentException().isThrownBy(() -> this.history.list(""));
	}

	@Test
	void omitsValuesFromStringRepresentations() {
		HistoryFixture secretive = HistoryFixture.with(store, "secret-prefixes=" + OTHER);
		secretive.operations().write(ConfigChange.put(KEY, "s3cret"), ConfigChange.put(OTHER, "s3cret"));
		ConfigState state = secretive.history().state(ORDERS);
		String hash = String.valueOf(state.values().get("cache/size").sha256());
		assertThat(List.of(secretive.history().list(ORDERS), state, state.values(),
				state.differences(new ConfigState(ORDERS, 1, Map.of())),
				secretive.history().saveSnapshot(ORDERS, "one")))
			.asString()
			.contains(KEY)
			.doesNotContain("s3cret", hash);
	}

	@Test
	void endsWithinTheTimeoutWhileEtcdHangs() {
		EtcdServer hanging = this.opened.etcd();
		HistoryFixture frozen = HistoryFixture
			.with(this.opened.connection(List.of(hanging.endpoint()), "request-timeout=1s"));
		frozen.operations().save(KEY, "1");
		hanging.freeze();
		long begin = System.nanoTime();
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> frozen.operations().save(KEY, "2"));
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> frozen.history().list(KEY));
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(15));
		hanging.thaw();
	}

	@Test
	void proposalIsRecordedWithItsAuthorAndComment() {
		store.put("/fleet/orders/one", "{\"applied\":1,\"seen\":1,\"imports\":[\"/config/orders/\"]}");
		try (ConfigProposal proposal = this.operations.propose("jane", "Larger cache", ConfigChange.put(OTHER, "2"))) {
			store.put("/fleet/orders/one", "{\"applied\":1,\"seen\":1,\"imports\":[\"/config/orders/\"],"
					+ "\"answers\":[{\"proposal\":\"" + proposal.id() + "\"}]}");
			ProposalOutcome outcome = proposal.write(ConfigProposal.Consent.ALL, Duration.ofSeconds(10));
			HistoryEntry entry = this.history.list(ORDERS).get(0);
			assertThat(entry.revision()).isEqualTo(outcome.write().revision());
			assertThat(entry.author()).isEqualTo("jane");
			assertThat(entry.comment()).isEqualTo("Larger cache");
			assertThat(entry.changes()).containsExactly(new HistoryChange(OTHER, null, text("2")));
		}
	}

	private static ConfigChange[] changes(int count, String prefix) {
		return IntStream.range(0, count)
			.mapToObj((i) -> ConfigChange.put(prefix + "key" + i, "1"))
			.toArray(ConfigChange[]::new);
	}

	private static List<String> keys(List<HistoryEntry> entries) {
		return entries.stream().flatMap((entry) -> entry.changes().stream()).map(HistoryChange::key).toList();
	}

	private static ConfigValue text(String text) {
		return ConfigValue.of(text, false);
	}

	private List<KeyValue> entries() {
		return this.own.entries("/config/orders/");
	}

	@Configuration(proxyBeanMethods = false)
	static class Application {

	}

}
