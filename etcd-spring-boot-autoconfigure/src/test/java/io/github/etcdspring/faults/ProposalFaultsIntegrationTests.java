package io.github.etcdspring.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.PlainApplication;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigProposal;
import io.github.etcdspring.operations.ConfigProposal.Consent;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.operations.EtcdFleetOperations;
import io.github.etcdspring.operations.ProposalOutcome;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Faults in the middle of a proposal.
 */
class ProposalFaultsIntegrationTests {

	private static final String SIZE = "/config/orders/size";

	private static final String PROPOSALS = "/config/orders/.proposals/";

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	/** How long to wait for answers that do not arrive. */
	private static final Duration NO_ANSWER = Duration.ofSeconds(4);

	/** Longer than the test, so that a disconnected instance is still known. */
	private static final String LONG_TTL = "spring.cloud.etcd.discovery.ttl=5m";

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private EtcdServer etcd;

	private TestConnection store;

	private ConfigurableApplicationContext author;

	@BeforeEach
	void startEtcd() {
		this.etcd = this.opened.etcd();
		this.store = this.opened.connection(this.etcd);
		this.store.put(SIZE, "1");
		this.author = startAuthor();
	}

	@Test
	void isWrittenAfterEtcdWasKilledWhileInstancesAnswer() {
		ConfigurableApplicationContext one = start("one");
		TcpProxy proxy = proxy();
		ConfigurableApplicationContext two = start("two", proxy, LONG_TTL);
		proxy.drop();
		try (ConfigProposal proposal = propose()) {
			CompletableFuture<ProposalOutcome> write = writeInBackground(proposal);
			within().until(() -> answer("one", proposal) != null);
			this.etcd.kill();
			this.etcd.restart();
			assertThat(write).isNotDone();
			proxy.restore();
			assertThat(write).succeedsWithin(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
				.satisfies((outcome) -> assertThat(outcome.accepted()).extracting(FleetInstance::instance)
					.containsExactly("one", "two"))
				.matches(ProposalOutcome::isWritten);
		}
		within().until(() -> List.of(size(one), size(two)), List.of("2", "2")::equals);
		assertThat(proposals()).isEmpty();
	}

	/** The author does not know if the write has taken effect, but nothing is torn. */
	@Test
	void writeDuringAKillOfEtcdHasFullyTakenEffectOrNotAtAll() {
		ConfigurableApplicationContext one = start("one");
		ConfigProposal proposal = propose();
		within().until(() -> answer("one", proposal) != null);
		CompletableFuture<ProposalOutcome> write = writeInBackground(proposal);
		this.etcd.kill();
		this.etcd.restart();
		boolean written = this.store.find(SIZE).getValue().toString().equals("2");
		try {
			written = write.join().isWritten();
		}
		catch (CompletionException ex) {
			assertThat(ex).hasCauseInstanceOf(EtcdConfigException.class);
		}
		proposal.close();
		assertThat(this.store.find(SIZE).getValue()).hasToString((written) ? "2" : "1");
		assertThat(proposals()).isEmpty();
		within().until(() -> size(one), ((written) ? "2" : "1")::equals);
	}

	@Test
	void disconnectedInstanceHasNotAnsweredUntilItReturns() {
		start("one");
		TcpProxy proxy = proxy();
		ConfigurableApplicationContext two = start("two", proxy, LONG_TTL);
		proxy.drop();
		try (ConfigProposal proposal = propose()) {
			assertNotWritten(proposal.write(Consent.ALL, NO_ANSWER), List.of("one"), List.of("two"));
			proxy.restore();
			assertThat(proposal.write(Consent.ALL, TIMEOUT).isWritten()).isTrue();
		}
		within().until(() -> size(two), "2"::equals);
	}

	@Test
	void instanceIsNotKnownOnceItsLeaseHasExpired() {
		start("one");
		TcpProxy proxy = proxy();
		ConfigurableApplicationContext two = start("two", proxy, "spring.cloud.etcd.discovery.ttl=3s");
		proxy.drop();
		try (ConfigProposal proposal = propose()) {
			ProposalOutcome outcome = proposal.write(Consent.ALL, TIMEOUT);
			assertThat(outcome.isWritten()).isTrue();
			assertThat(outcome.accepted()).extracting(FleetInstance::instance).containsExactly("one");
		}
		proxy.restore();
		within().until(() -> size(two), "2"::equals);
	}

	@Test
	void frozenInstanceHasNotAnsweredUntilItResumes() throws IOException {
		start("one");
		try (JavaProcess frozen = JavaProcess.start(PlainApplication.class,
				"--spring.cloud.etcd.endpoints=" + this.etcd.endpoint(), "--spring.application.name=orders",
				"--spring.config.import=etcd:", "--spring.main.web-application-type=none",
				"--spring.main.keep-alive=true", "--spring.cloud.etcd.discovery.port=9999",
				"--spring.cloud.etcd.discovery.instance-id=two", "--" + LONG_TTL)) {
			await().atMost(JavaProcess.START_TIMEOUT).until(() -> find("two") != null);
			frozen.signal("STOP");
			try (ConfigProposal proposal = propose()) {
				assertNotWritten(proposal.write(Consent.ALL, NO_ANSWER), List.of("one"), List.of("two"));
				frozen.signal("CONT");
				assertThat(proposal.write(Consent.ALL, TIMEOUT).isWritten()).isTrue();
			}
		}
	}

	@Test
	void isWrittenAfterACompactionThatAnInstanceHasMissed() {
		start("one");
		TcpProxy proxy = proxy();
		ConfigurableApplicationContext two = start("two", proxy, LONG_TTL);
		proxy.refuse();
		proxy.cut();
		try (ConfigProposal proposal = propose()) {
			within().until(() -> answer("one", proposal) != null);
			this.store.put("/config/orders/other", "x");
			this.store.put("/other", "x");
			this.etcd.etcdctl("compact", String.valueOf(this.etcd.revision()));
			proxy.accept();
			assertThat(proposal.write(Consent.ALL, TIMEOUT).isWritten()).isTrue();
		}
		within().until(() -> size(two), "2"::equals);
	}

	@Test
	void proposalOfAKilledAuthorIsNotWrittenAndEndsWithItsLease() throws IOException {
		start("one");
		// keeps the author waiting
		this.store.put("/fleet/orders/hung", "{\"applied\":1,\"seen\":1,\"imports\":[\"/config/orders/\"]}");
		try (JavaProcess killed = JavaProcess.start(ProposalAuthor.class,
				"--spring.cloud.etcd.endpoints=" + this.etcd.endpoint(), "--spring.main.web-application-type=none",
				"--spring.application.name=author", "--spring.cloud.etcd.discovery.enabled=false")) {
			await().atMost(JavaProcess.START_TIMEOUT).until(() -> !find("one").answers().isEmpty());
			killed.kill();
		}
		this.store.delete("/fleet/orders/hung");
		String key = proposals();
		assertThat(key).startsWith(PROPOSALS);
		long lease = this.store.find(key).getLease();
		assertThat(this.etcd.etcdctl("lease", "timetolive", Long.toHexString(lease)))
			.contains("granted with TTL(600s)");
		assertThat(this.store.find(SIZE).getValue()).hasToString("1");
		// as if the ten minutes were over
		this.store.revokeLease(lease);
		within().until(() -> find("one").answers().isEmpty());
		assertThat(proposals()).isEmpty();
		assertThat(this.store.find(SIZE).getValue()).hasToString("1");
	}

	@Test
	void closedAuthorWritesNothing() {
		start("one");
		ConfigProposal proposal = propose();
		within().until(() -> answer("one", proposal) != null);
		this.author.close();
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> proposal.write(Consent.ALL, NO_ANSWER))
			.withMessageContaining("the connection is closed");
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(proposal::close)
			.withMessageContaining("ends after 10 minutes: the connection is closed");
		assertThat(this.store.find(SIZE).getValue()).hasToString("1");
	}

	@ParameterizedTest
	@EnumSource
	void isNotWrittenIfARestoredEtcdDoesNotContainIt(Consent consent, @TempDir Path folder) {
		ConfigurableApplicationContext one = start("one");
		this.etcd.saveSnapshot(folder.resolve("before"));
		try (ConfigProposal proposal = propose()) {
			assertThat(proposal.await(TIMEOUT).isAcceptedByAll()).isTrue();
			this.etcd.restoreSnapshot(folder.resolve("before"));
			this.etcd.restart();
			assertThat(isWritten(proposal, consent)).isFalse();
			within().until(() -> answer("one", proposal) == null);
			assertNotWritten(proposal.write(consent, NO_ANSWER), List.of(), List.of("one"));
		}
		assertThat(proposals()).isEmpty();
		try (ConfigProposal repeated = propose()) {
			assertThat(repeated.write(Consent.ALL, TIMEOUT).isWritten()).isTrue();
		}
		within().until(() -> size(one), "2"::equals);
	}

	@Test
	void answerThatARestoredEtcdDoesNotContainIsNotCounted(@TempDir Path folder) {
		start("one");
		TcpProxy proxy = proxy();
		start("two", proxy, LONG_TTL);
		proxy.drop();
		try (ConfigProposal proposal = propose()) {
			within().until(() -> answer("one", proposal) != null);
			this.etcd.saveSnapshot(folder.resolve("before"));
			proxy.restore();
			assertThat(proposal.await(TIMEOUT).isAcceptedByAll()).isTrue();
			proxy.drop();
			this.etcd.restoreSnapshot(folder.resolve("before"));
			this.etcd.restart();
			assertNotWritten(proposal.write(Consent.ALL, NO_ANSWER), List.of("one"), List.of("two"));
			proxy.restore();
			assertThat(proposal.write(Consent.ALL, TIMEOUT).isWritten()).isTrue();
		}
	}

	/** Instances put their last answers again until they have read the restored etcd. */
	private static boolean isWritten(ConfigProposal proposal, Consent consent) {
		try {
			return proposal.write(consent, NO_ANSWER).isWritten();
		}
		catch (EtcdConfigException ex) {
			assertThat(ex).hasMessage("Nothing was written: the proposal has expired or was withdrawn");
			return false;
		}
	}

	private void assertNotWritten(ProposalOutcome outcome, List<String> accepted, List<String> unanswered) {
		assertThat(outcome.isWritten()).isFalse();
		assertThat(outcome.accepted()).extracting(FleetInstance::instance).isEqualTo(accepted);
		assertThat(outcome.rejected()).isEmpty();
		assertThat(outcome.unanswered()).extracting(FleetInstance::instance).isEqualTo(unanswered);
		assertThat(this.store.find(SIZE).getValue()).hasToString("1");
	}

	private ConfigProposal propose() {
		return this.author.getBean(EtcdConfigOperations.class).propose("jane", "", ConfigChange.put(SIZE, "2"));
	}

	private static CompletableFuture<ProposalOutcome> writeInBackground(ConfigProposal proposal) {
		return CompletableFuture.supplyAsync(() -> proposal.write(Consent.ALL, TIMEOUT));
	}

	private FleetInstance find(String instance) {
		return this.author.getBean(EtcdFleetOperations.class)
			.list("orders")
			.stream()
			.filter((found) -> found.instance().equals(instance))
			.findFirst()
			.orElse(null);
	}

	private ChangeAnswer answer(String instance, ConfigProposal proposal) {
		return find(instance).answer(proposal.id());
	}

	/** Return the keys of all proposals. */
	private String proposals() {
		return this.etcd.etcdctl("get", "--prefix", "--keys-only", PROPOSALS).strip();
	}

	private static String size(ConfigurableApplicationContext context) {
		return context.getEnvironment().getProperty("size");
	}

	private static ConditionFactory within() {
		return await().atMost(Duration.ofSeconds(30));
	}

	private TcpProxy proxy() {
		return this.opened.add(TcpProxy.to(this.etcd.port()));
	}

	private ConfigurableApplicationContext startAuthor() {
		return this.opened
			.add(Applications.plain(this.etcd, "author").properties("spring.cloud.etcd.discovery.enabled=false").run());
	}

	private ConfigurableApplicationContext start(String instance) {
		return start(instance, this.etcd.endpoint());
	}

	private ConfigurableApplicationContext start(String instance, TcpProxy proxy, String property) {
		return start(instance, "http://127.0.0.1:" + proxy.port(), property);
	}

	private ConfigurableApplicationContext start(String instance, String endpoint, String... properties) {
		ConfigurableApplicationContext context = Applications.plain(this.etcd, "orders")
			.properties("spring.config.import=etcd:", "spring.cloud.etcd.discovery.instance-id=" + instance)
			.properties(properties)
			.run("--spring.cloud.etcd.endpoints=" + endpoint);
		this.opened.add(context);
		within().until(() -> find(instance) != null);
		return context;
	}

}
