package io.github.etcdspring.operations;

import java.time.Duration;
import java.util.List;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.operations.CacheApplication.Numbers;
import io.github.etcdspring.operations.CacheApplication.Texts;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Integration tests for {@link CommittedWrite}.
 */
class CommittedWriteIntegrationTests {

	private static final String SIZE = "/config/orders/cache/size";

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
	void isAppliedByAllInstancesThatImportTheKeys() {
		start("orders", "one", Numbers.class);
		start("orders", "two", Numbers.class);
		start("shop", "three", Numbers.class);
		ConfigWrite write = write("5");
		WriteOutcome outcome = write.await(TIMEOUT);
		assertThat(outcome.isAppliedByAll()).isTrue();
		assertThat(outcome.applied()).extracting(FleetInstance::instance).containsExactly("one", "two");
		assertThat(outcome.applied())
			.allSatisfy((instance) -> assertThat(instance.appliedRevision()).isEqualTo(write.revision()));
		WriteOutcome shared = this.operations.write(ConfigChange.put("/config/application/a", "b")).await(TIMEOUT);
		assertThat(shared.applied()).extracting(FleetInstance::instance).containsExactly("one", "two", "three");
	}

	@Test
	void isAwaitedAsDocumented() {
		start("orders", "one", Numbers.class);
		WriteOutcome outcome = this.operations.write(ConfigChange.put("/config/orders/cache/size", "100"))
			.await(Duration.ofSeconds(10));
		assertThat(outcome.isAppliedByAll()).isTrue();
		List<FleetInstance> instances = this.fleet.list("orders");
		assertThat(instances).isEqualTo(outcome.applied());
	}

	@Test
	void namesInstancesThatRejectItAndWhy() {
		start("orders", "one", Numbers.class);
		start("orders", "two", Texts.class);
		WriteOutcome outcome = write("large").await(TIMEOUT);
		assertThat(outcome.isAppliedByAll()).isFalse();
		assertThat(outcome.applied()).extracting(FleetInstance::instance).containsExactly("two");
		assertThat(outcome.rejected()).singleElement().satisfies((instance) -> {
			assertThat(instance.instance()).isEqualTo("one");
			assertThat(instance.rejected().key()).isEqualTo(SIZE);
			assertThat(instance.rejected().reason()).contains("cache.size");
		});
		assertThat(outcome.unanswered()).isEmpty();
		assertThat(write("6").await(TIMEOUT).isAppliedByAll()).isTrue();
	}

	@Test
	void namesInstancesThatDoNotAnswerInTime() {
		store.put("/fleet/orders/hung", "{\"applied\":1,\"seen\":1,\"imports\":[\"/config/orders/\"]}");
		store.put("/fleet/orders/other", "not an instance");
		start("orders", "one", Numbers.class);
		ConfigWrite write = write("5");
		WriteOutcome outcome = write.await(Duration.ofSeconds(3));
		assertThat(outcome.isAppliedByAll()).isFalse();
		assertThat(outcome.applied()).extracting(FleetInstance::instance).containsExactly("one");
		assertThat(outcome.unanswered()).extracting(FleetInstance::instance).containsExactly("hung");
		store.delete("/fleet/orders/hung");
		assertThat(write.await(TIMEOUT).isAppliedByAll()).isTrue();
	}

	@Test
	void reportsThatNoInstanceImportsTheKeys() {
		start("shop", "three", Numbers.class);
		long begin = System.nanoTime();
		WriteOutcome outcome = write("5").await(TIMEOUT);
		assertThat(outcome).isEqualTo(new WriteOutcome(List.of(), List.of(), List.of()));
		assertThat(outcome.isAppliedByAll()).isFalse();
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
	}

	@Test
	void failsWithTheReasonIfTheInstancesCannotBeRead() {
		EtcdServer hanging = this.opened.etcd();
		EtcdConfigOperations own = HistoryFixture
			.with(this.opened.connection(List.of(hanging.endpoint()), "request-timeout=500ms"))
			.operations();
		ConfigWrite write = own.write(ConfigChange.put(SIZE, "5"));
		hanging.freeze();
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(() -> write.await(Duration.ofSeconds(2)))
			.withMessageContaining("/fleet/");
		hanging.thaw();
		assertThat(write.await(TIMEOUT).applied()).isEmpty();
	}

	private ConfigWrite write(String size) {
		return this.operations.write(ConfigChange.put(SIZE, size));
	}

	private void start(String service, String instance, Class<?> properties) {
		this.opened.add(CacheApplication.start(etcd, service, instance, properties));
	}

}
