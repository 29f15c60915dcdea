package io.github.etcdspring.operations;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.operations.ConfigProposal.Consent;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

/**
 * Integration tests for the snapshots and differences of {@link EtcdHistoryTemplate}.
 */
class EtcdSnapshotIntegrationTests {

	private static final String ORDERS = "/config/orders/";

	private static final String KEY = ORDERS + "greeting";

	private static final String PASSWORD = ORDERS + "db/password";

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private final HistoryFixture own = HistoryFixture.with(store, "secret-prefixes=/config/orders/db/");

	private final EtcdConfigOperations operations = this.own.operations();

	private final EtcdHistoryOperations history = this.own.history();

	@Test
	void savesReadsListsAndDeletesSnapshots() {
		this.operations.save(KEY, "hello");
		ConfigSnapshot saved = this.history.saveSnapshot(ORDERS, "before-release");
		this.history.saveSnapshot("/config/orders/cache/", "nested");
		this.operations.save(KEY, "changed");
		store.compact();
		ConfigSnapshot found = this.history.findSnapshot(ORDERS, "before-release");
		assertThat(found.name()).isEqualTo("before-release");
		assertThat(found.time()).isEqualTo(saved.time());
		assertThat(found.state().revision()).isEqualTo(saved.state().revision());
		assertThat(found.state().values()).containsExactly(Map.entry("greeting", ConfigValue.of("hello", false)));
		this.history.saveSnapshot(ORDERS, "after");
		assertThat(this.history.snapshots(ORDERS)).containsExactly("after", "before-release");
		assertThat(this.history.deleteSnapshot(ORDERS, "after")).isTrue();
		assertThat(this.history.deleteSnapshot(ORDERS, "after")).isFalse();
		assertThat(this.history.findSnapshot(ORDERS, "after")).isNull();
		assertThat(this.history.snapshots(ORDERS)).containsExactly("before-release");
	}

	@Test
	void doesNotOverwriteASnapshot() {
		this.operations.save(KEY, "hello");
		this.history.saveSnapshot(ORDERS, "one");
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> this.history.saveSnapshot(ORDERS, "one"))
			.withMessageContaining("already exists");
	}

	@Test
	void rejectsSnapshotsThatAreTooLarge() {
		for (int i = 0; i < 4; i++) {
			this.operations.save(KEY + i, "x".repeat(600_000));
		}
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> this.history.saveSnapshot(ORDERS, "one"))
			.withMessageContaining("--max-request-bytes")
			.withMessageContaining("2400");
		assertThat(this.history.snapshots(ORDERS)).isEmpty();
	}

	@Test
	void snapshotsContainOnlyHashesOfSecrets() {
		this.operations.save(KEY, "hello");
		this.operations.save(PASSWORD, "s3cret");
		ConfigState saved = this.history.saveSnapshot(ORDERS, "one").state();
		assertThat(etcd.etcdctl("get", "--prefix", "/snapshots/")).contains("hello").doesNotContain("s3cret");
		assertThat(saved.values().get("db/password").text()).isNull();
		assertThat(this.history.state(ORDERS).differences(saved)).isEmpty();
		this.operations.save(PASSWORD, "rotated");
		this.operations.save(KEY, "changed");
		ConfigState now = this.history.state(ORDERS);
		assertThat(now.differences(saved)).extracting(ConfigDifference::key).containsExactly("db/password", "greeting");
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> now.changesTo(saved))
			.withMessageContaining(PASSWORD);
		this.operations.write(now.changesTo(saved, (difference) -> difference.right().text() != null));
		assertThat(this.operations.list(ORDERS)).extracting(ConfigEntry::value).containsExactly("rotated", "hello");
	}

	@Test
	void comparesTwoRevisions() {
		this.operations.save(KEY, "1");
		long before = this.operations.save(ORDERS + "removed", "x").revision();
		this.operations.save(KEY, "2");
		this.operations.delete(ORDERS + "removed");
		long after = this.operations.save(ORDERS + "added", "y").revision();
		assertThat(this.history.state(ORDERS, before).differences(this.history.state(ORDERS, after)))
			.extracting(ConfigDifference::key, (found) -> text(found.left()), (found) -> text(found.right()))
			.containsExactly(tuple("added", null, "y"), tuple("greeting", "1", "2"), tuple("removed", "x", null));
	}

	@Test
	void changesToTheStateOfAnotherPrefixMakeBothTheSame() {
		this.operations.write(ConfigChange.put("/config/orders,staging/a", "1"),
				ConfigChange.put("/config/orders,staging/b/c", "2"), ConfigChange.put("/config/orders,prod/a", "0"),
				ConfigChange.put("/config/orders,prod/old", "x"), ConfigChange.put("/config/orders,prod/b/c", "2"));
		ConfigState staging = this.history.state("/config/orders,staging/");
		ConfigState production = this.history.state("/config/orders,prod/");
		assertThat(production.differences(staging)).extracting(ConfigDifference::key).containsExactly("a", "old");
		this.operations.as("jane", "Promote").write(production.changesTo(staging));
		assertThat(this.history.state("/config/orders,prod/").differences(staging)).isEmpty();
		assertThat(this.history.state("/config/orders,prod/").changesTo(staging)).isEmpty();
		assertThatExceptionOfType(EtcdConfigConflictException.class)
			.isThrownBy(() -> this.operations.write(production.changesTo(staging)));
	}

	@Test
	void snapshotIsRestoredAsAProposal() {
		this.operations.save("/config/orders/greeting", "hello");
		ConfigurableApplicationContext one = Applications.plain(etcd, "orders", Application.class)
			.properties("spring.config.import=optional:etcd:")
			.run();
		this.opened.add(one);

		ConfigSnapshot saved = this.history.saveSnapshot("/config/orders/", "before-release");
		this.operations.as("jane", "Release 1.4").save("/config/orders/greeting", "good morning");

		ConfigState now = this.history.state("/config/orders/");
		List<ConfigDifference> differences = now.differences(saved.state());
		try (ConfigProposal proposal = this.operations.propose("jane", "Back to the state before the release",
				now.changesTo(saved.state()))) {
			ProposalOutcome outcome = proposal.write(Consent.ALL, Duration.ofSeconds(10));
			assertThat(outcome.isWritten()).isTrue();
		}

		assertThat(differences).extracting(ConfigDifference::key).containsExactly("greeting");
		assertThat(this.operations.find(KEY).value()).isEqualTo("hello");

		List<HistoryEntry> entries = this.history.list("/config/orders/");
		HistoryEntry last = entries.get(0);
		this.operations.as("jane", "Undo").write(last.undo());

		assertThat(entries).extracting(HistoryEntry::comment)
			.startsWith("Back to the state before the release", "Release 1.4");
		assertThat(this.operations.find(KEY).value()).isEqualTo("good morning");
	}

	@Test
	void productionBecomesStagingAsDocumented() {
		store.put("/config/orders,staging/cache/size", "200");
		ConfigState staging = this.history.state("/config/orders,staging/");
		ConfigState production = this.history.state("/config/orders,prod/");
		this.operations.as("jane", "Promote staging").write(production.changesTo(staging));
		assertThat(store.find("/config/orders,prod/cache/size").getValue()).hasToString("200");
	}

	@Test
	void invalidSnapshotsAreReported() {
		store.put("/snapshots/config/orders/bad", "{\"entries\":[{\"key\":\"a\",\"value\":\"s3cret\"}]}");
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> this.history.findSnapshot(ORDERS, "bad"))
			.withMessageContaining("bad")
			.withMessageNotContaining("s3cret");
		assertThat(this.history.deleteSnapshot(ORDERS, "bad")).isTrue();
	}

	@Test
	void rejectsInvalidArguments() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.history.saveSnapshot("/config/orders", "a"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.history.saveSnapshot(ORDERS, "a/b"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.history.saveSnapshot(ORDERS, ""));
		assertThatIllegalArgumentException().isThrownBy(() -> this.history.state(""));
		assertThatIllegalArgumentException().isThrownBy(() -> this.history.state(ORDERS, 0));
	}

	private static String text(ConfigValue value) {
		return (value != null) ? value.text() : null;
	}

	@Configuration(proxyBeanMethods = false)
	static class Application {

	}

}
