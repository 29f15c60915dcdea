package io.github.etcdspring.operations;

import java.time.Duration;
import java.util.List;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.operations.CacheApplication.Numbers;
import io.github.etcdspring.operations.CacheApplication.Texts;
import io.github.etcdspring.operations.ConfigProposal.Consent;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link EtcdProposal}.
 */
@ExtendWith(OutputCaptureExtension.class)
class EtcdProposalIntegrationTests {

	private static final String SIZE = "/config/orders/cache/size";

	private static final String SHARED = "/config/application/cache/name";

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private final EtcdFleetOperations fleet = new EtcdFleetTemplate(store.get(),
			new FleetReader(store.get(), new FleetKeys("/fleet")));

	private final EtcdConfigOperations operations = HistoryFixture.with(store).operations();

	@Test
	void isWrittenIfAllInstancesAccept() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("orders", "one", Numbers.class);
		start("orders", "two", Texts.class);
		start("shop", "three", Numbers.class);
		try (ConfigProposal proposal = this.operations.propose("jane", "larger", ConfigChange.put(SIZE, "2"))) {
			ProposalOutcome asked = proposal.await(TIMEOUT);
			assertThat(asked.isAcceptedByAll()).isTrue();
			assertThat(asked.accepted()).extracting(FleetInstance::instance).containsExactly("one", "two");
			assertThat(one.getEnvironment().getProperty("cache.size")).isEqualTo("1");
			assertThat(this.operations.list("/config/")).extracting(ConfigEntry::key).containsExactly(SIZE);
			ProposalOutcome written = proposal.write(Consent.ALL, TIMEOUT);
			assertThat(written.isWritten()).isTrue();
			assertThat(written.write().await(TIMEOUT).isAppliedByAll()).isTrue();
			assertThat(one.getEnvironment().getProperty("cache.size")).isEqualTo("2");
		}
		assertThat(etcd.etcdctl("get", "--prefix", "--keys-only", "/config/").strip()).isEqualTo(SIZE);
		await().atMost(TIMEOUT)
			.until(() -> this.fleet.list().stream().allMatch((instance) -> instance.answers().isEmpty()));
	}

	@Test
	void isProposedAsDocumented() {
		start("orders", "one", Numbers.class);
		try (ConfigProposal proposal = this.operations.propose("jane", "Larger cache",
				ConfigChange.put("/config/orders/cache/size", "200"))) {
			ProposalOutcome outcome = proposal.write(Consent.ALL, Duration.ofSeconds(10));
			assertThat(outcome.isWritten()).isTrue();
		}
	}

	@Test
	void isNotWrittenIfOneInstanceWouldRejectIt(CapturedOutput output) {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("orders", "one", Numbers.class);
		start("orders", "two", Texts.class);
		long revision = store.find(SIZE).getModRevision();
		try (ConfigProposal proposal = this.operations.propose("jane", "", ConfigChange.put(SIZE, "s3cret"),
				ConfigChange.put(SHARED, "new"))) {
			ProposalOutcome outcome = proposal.write(Consent.ALL, TIMEOUT);
			assertThat(outcome.isWritten()).isFalse();
			assertThat(outcome.isAcceptedByAll()).isFalse();
			assertThat(outcome.accepted()).extracting(FleetInstance::instance).containsExactly("two");
			assertThat(outcome.rejected()).singleElement().satisfies((instance) -> {
				ChangeAnswer answer = instance.answer(proposal.id());
				assertThat(answer.key()).isEqualTo(SIZE);
				assertThat(answer.reason()).contains("cache.size").doesNotContain("s3cret", "revision 0");
				assertThat(instance.rejected()).isNull();
			});
		}
		assertThat(store.find(SIZE).getModRevision()).isEqualTo(revision);
		assertThat(this.operations.list("/config/")).hasSize(1);
		assertThat(one.getBean(ConfigRefresh.class).status().rejections()).isZero();
		assertThat(output).doesNotContain("s3cret");
		try (ConfigProposal corrected = this.operations.propose("jane", "", ConfigChange.put(SIZE, "3"))) {
			assertThat(corrected.write(Consent.ALL, TIMEOUT).isWritten()).isTrue();
		}
	}

	@Test
	void changesOfSeveralContextsAreValidatedTogether() {
		store.put("/config/application/cache/size", "1");
		start("orders", "one", Numbers.class);
		try (ConfigProposal proposal = this.operations.propose("jane", "move",
				ConfigChange.delete("/config/application/cache/size"), ConfigChange.put(SIZE, "2"))) {
			ProposalOutcome outcome = proposal.write(Consent.ALL, TIMEOUT);
			assertThat(outcome.isWritten()).isTrue();
			assertThat(this.operations.list("/config/"))
				.containsExactly(new ConfigEntry(SIZE, "2", outcome.write().revision()));
		}
	}

	@Test
	void instanceThatIsStartedLaterAnswersAsWell() {
		try (ConfigProposal proposal = this.operations.propose("jane", "", ConfigChange.put(SIZE, "no number"))) {
			start("orders", "one", Numbers.class);
			assertThat(proposal.await(TIMEOUT).rejected()).extracting(FleetInstance::instance).containsExactly("one");
		}
	}

	@Test
	void concurrentModificationPreventsTheWrite() {
		start("orders", "one", Numbers.class);
		ConfigEntry current = this.operations.save(SIZE, "1");
		try (ConfigProposal proposal = this.operations.propose("jane", "", ConfigChange.put(SIZE, "2"))) {
			ConfigEntry other = this.operations.save(SIZE, "3");
			assertThatExceptionOfType(EtcdConfigConflictException.class)
				.isThrownBy(() -> proposal.write(Consent.ALL, TIMEOUT))
				.satisfies((ex) -> assertThat(ex.getRevisions()).containsEntry(SIZE, other.revision()));
			assertThat(store.find(SIZE).getValue()).hasToString("3");
			assertThatExceptionOfType(EtcdConfigConflictException.class).isThrownBy(() -> this.operations
				.propose("jane", "", ConfigChange.put(SIZE, "2").ifRevision(current.revision())));
		}
	}

	@Test
	void withdrawnProposalIsNotWritten() {
		start("orders", "one", Numbers.class);
		ConfigProposal proposal = this.operations.propose("jane", "", ConfigChange.put(SIZE, "2"));
		assertThat(proposal.await(TIMEOUT).isAcceptedByAll()).isTrue();
		long lease = store.find("/config/orders/cache/.proposals/" + proposal.id()).getLease();
		store.revokeLease(lease);
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> {
			ProposalOutcome outcome = proposal.write(Consent.ANSWERED, Duration.ofSeconds(2));
			assertThat(outcome.isWritten()).isFalse();
			throw new EtcdConfigException("the answer was withdrawn first", null);
		});
		proposal.close();
		assertThat(store.find(SIZE)).isNull();
	}

	@Test
	void consentDecidesAboutInstancesThatDoNotAnswer() {
		store.put("/fleet/orders/hung", "{\"applied\":1,\"seen\":1,\"imports\":[\"/config/orders/\"]}");
		start("orders", "one", Numbers.class);
		try (ConfigProposal proposal = this.operations.propose("jane", "", ConfigChange.put(SIZE, "2"))) {
			ProposalOutcome all = proposal.write(Consent.ALL, Duration.ofSeconds(3));
			assertThat(all.isWritten()).isFalse();
			assertThat(all.unanswered()).extracting(FleetInstance::instance).containsExactly("hung");
			assertThat(proposal.write(Consent.ANSWERED, Duration.ofSeconds(3)).isWritten()).isTrue();
		}
		assertThat(store.find(SIZE).getValue()).hasToString("2");
	}

	@Test
	void isNotWrittenWithoutALiveInstance() {
		try (ConfigProposal proposal = this.operations.propose("jane", "", ConfigChange.put(SIZE, "2"))) {
			for (Consent consent : Consent.values()) {
				assertThat(proposal.write(consent, TIMEOUT))
					.isEqualTo(new ProposalOutcome(List.of(), List.of(), List.of(), null));
			}
		}
		assertThat(store.find(SIZE)).isNull();
	}

	@Test
	void proposalIsNeitherRestoredNorPartOfTheConfiguration() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("orders", "one", Numbers.class);
		long before = etcd.revision();
		this.operations.save(SIZE, "2");
		try (ConfigProposal proposal = this.operations.propose("jane", "", ConfigChange.put(SIZE, "3"))) {
			assertThat(proposal.await(TIMEOUT).isAcceptedByAll()).isTrue();
			this.operations.restoreAll("/config/orders/", before);
			assertThat(store.find("/config/orders/cache/.proposals/" + proposal.id())).isNotNull();
			await().atMost(TIMEOUT).until(() -> "1".equals(one.getEnvironment().getProperty("cache.size")));
			assertThat(one.getBean(ConfigRefresh.class).status().rejections()).isZero();
		}
	}

	@Test
	void ignoresInvalidProposalsOfOthers() {
		start("orders", "one", Numbers.class);
		store.put("/config/orders/.proposals/x", "no proposal");
		store.put("/config/orders/.proposals/a", "{\"changes\":[1,{}]}");
		store.put("/config/orders/.proposals/b", "{\"changes\":[{\"key\":{\"a\":1},\"value\":[]}]}");
		store.put("/config/orders/.proposals/c", "{\"author\":{\"a\":1},\"changes\":{\"b\":[]}}");
		store.put("/config/orders/.proposals/y",
				"{\"changes\":[{\"key\":\"/config/application/cache/size\",\"value\":\"no number\"}]}");
		try (ConfigProposal proposal = this.operations.propose("jane", "", ConfigChange.put(SIZE, "2"))) {
			assertThat(proposal.write(Consent.ALL, TIMEOUT).isWritten()).isTrue();
		}
	}

	@Test
	void requiresAnAuthorAndDistinctKeys() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.operations.propose(" ", "", ConfigChange.put(SIZE, "2")));
		assertThatIllegalArgumentException().isThrownBy(() -> this.operations.propose("jane", ""));
		assertThatIllegalArgumentException().isThrownBy(
				() -> this.operations.propose("jane", "", ConfigChange.put(SIZE, "2"), ConfigChange.delete(SIZE)));
	}

	@Test
	void refusedProposalLeavesNoLease() {
		EtcdServer secured = this.opened.etcd();
		secured.etcdctl("role", "add", "reader");
		secured.etcdctl("role", "grant-permission", "reader", "--prefix=true", "read", "/config/");
		secured.etcdctl("user", "add", "reader:pw");
		secured.etcdctl("user", "grant-role", "reader", "reader");
		secured.enableAuthentication("pw2");
		EtcdConfigOperations reader = HistoryFixture
			.with(this.opened.connection(List.of(secured.endpoint()), "username=reader", "password=pw"))
			.operations();
		assertThatExceptionOfType(EtcdConfigException.class)
			.isThrownBy(() -> reader.propose("jane", "", ConfigChange.put(SIZE, "2")))
			.withMessageContaining("permission denied");
		assertThat(Keys.leases(secured)).isEmpty();
	}

	@Test
	void proposalThatIsTooLargeLeavesNoLease() {
		List<String> before = Keys.leases(etcd);
		assertThatExceptionOfType(EtcdConfigException.class)
			.isThrownBy(() -> this.operations.propose("jane", "", ConfigChange.put(SIZE, "x".repeat(2_000_000))))
			.withMessageContaining("too large");
		assertThat(Keys.leases(etcd)).isEqualTo(before);
	}

	private ConfigurableApplicationContext start(String service, String instance, Class<?> properties) {
		return this.opened.add(CacheApplication.start(etcd, service, instance, properties));
	}

}
