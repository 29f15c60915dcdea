package io.github.etcdspring.operations;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

/**
 * Integration tests for {@link EtcdConfigTemplate}.
 */
class EtcdConfigTemplateIntegrationTests {

	private static final String KEY = "/config/orders/greeting";

	private static final String OTHER = "/config/orders/farewell";

	@SharedEtcd(emptiedAfterEach = true)
	static EtcdServer etcd;

	@SharedEtcd
	static TestConnection store;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	/** A key without a history from other tests. */
	private final String fresh = "/config/orders/" + UUID.randomUUID();

	private final EtcdConfigOperations operations = HistoryFixture.with(store).operations();

	@Test
	void readsSavedValue() {
		ConfigEntry saved = this.operations.save(KEY, "Grüße\n\u0000");
		assertThat(this.operations.find(KEY)).isEqualTo(saved);
		assertThat(saved.value()).isEqualTo("Grüße\n\u0000");
		assertThat(saved.revision()).isEqualTo(modRevision(KEY));
	}

	@Test
	void findsNothingWithoutKey() {
		assertThat(this.operations.find(this.fresh)).isNull();
		assertThat(this.operations.list("/config/orders/")).isEmpty();
		assertThat(this.operations.history(this.fresh)).isEmpty();
		assertThat(this.operations.delete(this.fresh)).isFalse();
	}

	@Test
	void listsOnlyKeysOfThePrefixOrderedByKey() {
		this.operations.save("/config/orders/b", "2");
		this.operations.save("/config/orders/a", "1");
		this.operations.save("/config/orders2/c", "3");
		assertThat(this.operations.list("/config/orders/")).extracting(ConfigEntry::key, ConfigEntry::value)
			.containsExactly(tuple("/config/orders/a", "1"), tuple("/config/orders/b", "2"));
	}

	@Test
	void replacesBytesThatAreNotUtf8() {
		etcd.etcdctl("put", OTHER, "\uFFFD");
		this.operations.save(KEY, "hello");
		assertThat(this.operations.list("/config/orders/")).extracting(ConfigEntry::value)
			.containsExactly("\uFFFD", "hello");
	}

	@Test
	void deletesKeyOnce() {
		this.operations.save(KEY, "hello");
		assertThat(this.operations.delete(KEY)).isTrue();
		assertThat(this.operations.delete(KEY)).isFalse();
		assertThat(this.operations.find(KEY)).isNull();
	}

	@Test
	void writesSeveralKeysAtOneRevision() {
		this.operations.save(OTHER, "bye");
		long revision = this.operations
			.write(ConfigChange.put(KEY, "hello"), ConfigChange.put("/config/orders/c", "").ifRevision(0),
					ConfigChange.delete(OTHER))
			.revision();
		assertThat(this.operations.list("/config/orders/")).extracting(ConfigEntry::revision)
			.containsExactly(revision, revision);
		assertThat(this.operations.find(OTHER)).isNull();
	}

	@Test
	void rejectsWriteAndNamesTheKeyAfterConcurrentModification() {
		ConfigEntry read = this.operations.save(KEY, "hello");
		ConfigEntry faster = this.operations.save(KEY, "s3cret");
		assertThatExceptionOfType(EtcdConfigConflictException.class)
			.isThrownBy(() -> this.operations.write(ConfigChange.put(OTHER, "bye").ifRevision(0),
					ConfigChange.put(KEY, "hallo").ifRevision(read.revision())))
			.withMessageContaining(KEY)
			.withMessageNotContainingAny("s3cret", "hallo", OTHER)
			.satisfies((ex) -> assertThat(ex.getRevisions()).isEqualTo(Map.of(KEY, faster.revision())));
		assertThat(this.operations.find(OTHER)).isNull();
		assertThat(this.operations.find(KEY)).isEqualTo(faster);
	}

	@Test
	void rejectsWriteAfterConcurrentCreationOrDeletion() {
		ConfigEntry read = this.operations.save(KEY, "hello");
		assertThatExceptionOfType(EtcdConfigConflictException.class)
			.isThrownBy(() -> this.operations.write(ConfigChange.put(KEY, "hallo").ifRevision(0)))
			.satisfies((ex) -> assertThat(ex.getRevisions()).isEqualTo(Map.of(KEY, read.revision())));
		this.operations.delete(KEY);
		assertThatExceptionOfType(EtcdConfigConflictException.class)
			.isThrownBy(() -> this.operations.write(ConfigChange.delete(KEY).ifRevision(read.revision())))
			.satisfies((ex) -> assertThat(ex.getRevisions()).isEqualTo(Map.of(KEY, 0L)));
	}

	@Test
	void readsHistoryOfExistingKey() {
		ConfigEntry one = this.operations.save(this.fresh, "1");
		ConfigEntry two = this.operations.save(this.fresh, "2");
		this.operations.save(OTHER, "bye");
		assertThat(this.operations.history(this.fresh)).containsExactly(new ConfigVersion(two.revision(), "2"),
				new ConfigVersion(one.revision(), "1"));
	}

	@Test
	void readsHistoryAcrossDeletions() {
		ConfigEntry one = this.operations.save(this.fresh, "1");
		this.operations.delete(this.fresh);
		ConfigEntry two = this.operations.save(this.fresh, "2");
		this.operations.delete(this.fresh);
		assertThat(this.operations.history(this.fresh)).containsExactly(new ConfigVersion(two.revision() + 1, null),
				new ConfigVersion(two.revision(), "2"), new ConfigVersion(one.revision() + 1, null),
				new ConfigVersion(one.revision(), "1"));
	}

	@Test
	void readsHistorySinceTheLastCompaction() {
		this.operations.save(this.fresh, "1");
		ConfigEntry two = this.operations.save(this.fresh, "2");
		this.operations.save(OTHER, "bye");
		store.compact();
		assertThat(this.operations.history(this.fresh)).containsExactly(new ConfigVersion(two.revision(), "2"));
		this.operations.delete(this.fresh);
		assertThat(this.operations.history(this.fresh)).containsExactly(new ConfigVersion(two.revision() + 2, null),
				new ConfigVersion(two.revision(), "2"));
		ConfigEntry three = this.operations.save(this.fresh, "3");
		assertThat(this.operations.history(this.fresh)).containsExactly(new ConfigVersion(three.revision(), "3"),
				new ConfigVersion(two.revision() + 2, null), new ConfigVersion(two.revision(), "2"));
	}

	@Test
	void hasNoHistoryIfTheDeletionIsCompacted() {
		this.operations.save(this.fresh, "1");
		this.operations.delete(this.fresh);
		store.compact();
		assertThat(this.operations.history(this.fresh)).isEmpty();
	}

	@Test
	void limitsHistoryToTheNewestHundredVersions() {
		IntStream.rangeClosed(1, 130).forEach((i) -> this.operations.save(this.fresh, String.valueOf(i)));
		assertThat(this.operations.history(this.fresh)).hasSize(ConfigHistory.MAX_VERSIONS)
			.first()
			.extracting(ConfigVersion::value)
			.isEqualTo("130");
	}

	@Test
	void restoresEarlierValue() {
		ConfigEntry one = this.operations.save(KEY, "1");
		this.operations.save(KEY, "2");
		long revision = this.operations.restore(KEY, one.revision()).revision();
		assertThat(this.operations.find(KEY)).isEqualTo(new ConfigEntry(KEY, "1", revision));
		assertThat(this.operations.restore(KEY, one.revision()).revision()).isEqualTo(revision);
		assertThat(modRevision(KEY)).isEqualTo(revision);
	}

	@Test
	void restoresDeletedKeyAndAbsenceOfKey() {
		long before = this.operations.save(OTHER, "bye").revision();
		ConfigEntry one = this.operations.save(KEY, "1");
		this.operations.delete(KEY);
		this.operations.restore(KEY, one.revision());
		assertThat(this.operations.find(KEY)).extracting(ConfigEntry::value).isEqualTo("1");
		this.operations.restore(KEY, before);
		assertThat(this.operations.find(KEY)).isNull();
	}

	@Test
	void restoresAllKeysOfAPrefixInOneTransaction() {
		this.operations.save(KEY, "1");
		long then = this.operations.save(OTHER, "bye").revision();
		this.operations.save(KEY, "2");
		this.operations.delete(OTHER);
		this.operations.save("/config/orders/new", "3");
		this.operations.save("/config/shop/greeting", "untouched");
		long revision = this.operations.restoreAll("/config/orders/", then).revision();
		assertThat(this.operations.list("/config/")).containsExactly(new ConfigEntry(OTHER, "bye", revision),
				new ConfigEntry(KEY, "1", revision),
				new ConfigEntry("/config/shop/greeting", "untouched", modRevision("/config/shop/greeting")));
	}

	@Test
	void rejectsRestoreOfCompactedOrFutureRevision() {
		ConfigEntry one = this.operations.save(KEY, "1");
		this.operations.save(KEY, "2");
		assertThatExceptionOfType(EtcdConfigException.class)
			.isThrownBy(() -> this.operations.restore(KEY, one.revision() + 1000))
			.withMessageContaining(KEY)
			.withMessageContaining("future revision");
		store.compact();
		assertThatExceptionOfType(EtcdConfigException.class)
			.isThrownBy(() -> this.operations.restore(KEY, one.revision()))
			.withMessageContaining("compacted");
		assertThat(this.operations.find(KEY)).extracting(ConfigEntry::value).isEqualTo("2");
	}

	@Test
	void rejectsInvalidArguments() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.operations.find(""));
		assertThatIllegalArgumentException().isThrownBy(() -> this.operations.list(""));
		assertThatIllegalArgumentException().isThrownBy(() -> this.operations.restoreAll("", 1));
		assertThatIllegalArgumentException().isThrownBy(() -> this.operations.restore(KEY, 0));
		assertThatIllegalArgumentException().isThrownBy(this.operations::write);
		assertThatIllegalArgumentException().isThrownBy(() -> ConfigChange.put(KEY, "1").ifRevision(-1));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.operations.write(ConfigChange.put(KEY, "1"), ConfigChange.delete(KEY)))
			.withMessageContaining(KEY);
	}

	@Test
	void reportsWritesRejectedByEtcd() {
		ConfigChange[] tooMany = IntStream.range(0, 129)
			.mapToObj((i) -> ConfigChange.put(KEY + i, "1"))
			.toArray(ConfigChange[]::new);
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> this.operations.write(tooMany))
			.withMessageContaining("too many operations");
		assertThatExceptionOfType(EtcdConfigException.class)
			.isThrownBy(() -> this.operations.save(KEY, "x".repeat(2_000_000)))
			.withMessageContaining("too large");
		assertThat(this.operations.list("/config/")).isEmpty();
	}

	@Test
	void changesValueAndRestoresIt() {
		this.operations.save(KEY, "Hello");
		this.operations.save(OTHER, "Bye");

		ConfigEntry greeting = this.operations.find("/config/orders/greeting");
		ConfigWrite write = this.operations.write(
				ConfigChange.put("/config/orders/greeting", "Good morning").ifRevision(greeting.revision()),
				ConfigChange.delete("/config/orders/farewell"));

		assertThat(this.operations.list("/config/orders/"))
			.containsExactly(new ConfigEntry("/config/orders/greeting", "Good morning", write.revision()));

		List<ConfigVersion> versions = this.operations.history("/config/orders/greeting");
		this.operations.restoreAll("/config/orders/", versions.get(0).revision() - 1);

		assertThat(this.operations.list("/config/orders/")).extracting(ConfigEntry::value)
			.containsExactly("Bye", "Hello");
	}

	@Test
	void omitsValuesFromStringRepresentations() {
		this.operations.save(KEY, "s3cret");
		assertThat(this.operations.find(KEY)).asString().contains(KEY).doesNotContain("s3cret");
		assertThat(this.operations.history(KEY)).asString().doesNotContain("s3cret");
		assertThat(ConfigChange.put(KEY, "s3cret").ifRevision(1)).asString().contains(KEY).doesNotContain("s3cret");
	}

	@Test
	void endsWithinTheTimeoutWhileEtcdHangs() {
		EtcdServer hanging = this.opened.etcd();
		TestConnection connection = this.opened.connection(List.of(hanging.endpoint()), "request-timeout=1s");
		EtcdConfigOperations own = HistoryFixture.with(connection).operations();
		own.save(KEY, "1");
		own.delete(KEY);
		hanging.freeze();
		long begin = System.nanoTime();
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> own.save(KEY, "s3cret"))
			.withMessageContaining(KEY)
			.withMessageContaining(hanging.endpoint())
			.withMessageNotContaining("s3cret");
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> own.history(KEY));
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(15));
		hanging.thaw();
		assertThat(own.history(KEY)).extracting(ConfigVersion::value).endsWith("1");
	}

	@Test
	void endsWhenTheThreadIsInterrupted() {
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> this.operations.find(KEY));
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void readsAndWritesOnlyWhatTheRolePermits() {
		EtcdServer secured = this.opened.etcd();
		secured.etcdctl("role", "add", "editor");
		secured.etcdctl("role", "grant-permission", "editor", "--prefix=true", "readwrite", "/config/orders/");
		secured.etcdctl("role", "grant-permission", "editor", "--prefix=true", "read", "/config/shop/");
		secured.etcdctl("user", "add", "editor:pw");
		secured.etcdctl("user", "grant-role", "editor", "editor");
		secured.enableAuthentication("pw2");
		EtcdConfigOperations own = HistoryFixture
			.with(this.opened.connection(List.of(secured.endpoint()), "username=editor", "password=pw"))
			.operations();
		ConfigEntry one = own.save(KEY, "1");
		own.write(ConfigChange.delete(KEY).ifRevision(one.revision()));
		assertThat(own.history(KEY)).hasSize(2);
		own.restore(KEY, one.revision());
		assertThat(own.list("/config/orders/")).hasSize(1);
		assertThat(own.list("/config/shop/")).isEmpty();
		assertThat(own.history("/config/shop/greeting")).isEmpty();
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> own.save("/config/shop/greeting", "1"))
			.withMessageContaining("permission denied");
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> own.list("/config/"))
			.withMessageContaining("permission denied");
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> own.history("/services/orders/1"))
			.withMessageContaining("permission denied");
	}

	private static long modRevision(String key) {
		KeyValue found = store.find(key);
		return (found != null) ? found.getModRevision() : 0;
	}

}
