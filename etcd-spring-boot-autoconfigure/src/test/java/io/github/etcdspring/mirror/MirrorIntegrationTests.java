package io.github.etcdspring.mirror;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.GrpcProxy;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link Mirror}.
 */
@ExtendWith(OutputCaptureExtension.class)
class MirrorIntegrationTests {

	private static final WatchIntervals INTERVALS = new WatchIntervals(Duration.ofSeconds(5), Duration.ofSeconds(3),
			Duration.ofMinutes(10), Duration.ofMillis(300), Duration.ofMillis(300));

	@SharedEtcd
	private static EtcdServer shared;

	@SharedEtcd
	private static TestConnection store;

	private final RecordingListener changes = new RecordingListener();

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private String prefix;

	@BeforeEach
	void choosePrefix(TestInfo test) {
		this.prefix = "/" + test.getTestMethod().orElseThrow().getName() + "/";
	}

	@Test
	void listsAndWatches() {
		store.put(key("a"), "1");
		store.put("/elsewhere", "1");
		Mirror mirror = mirror(connect(shared));
		assertThat(this.changes.keys()).containsExactly(keys("a"));
		store.put(key("b"), "2");
		store.put("/elsewhere", "2");
		store.put(key("a"), "3");
		store.delete(key("b"));
		awaitState(mirror, Map.of("a", "3"));
		assertThat(this.changes.last()).isEqualTo(Map.of(key("a"), "3"));
		assertThat(mirror.lists()).isEqualTo(1);
		assertThat(mirror.status().synced()).isTrue();
		assertThat(mirror.status().problem()).isNull();
	}

	@Test
	void reportsAnEmptyRange() {
		Mirror mirror = mirror(connect(shared));
		assertThat(this.changes.states()).containsExactly(Map.of());
		assertThat(mirror.revision()).isPositive();
	}

	@Test
	void reportsTheDeletionOfTheLastKey() {
		store.put(key("a"), "1");
		Mirror mirror = mirror(connect(shared));
		store.delete(key("a"));
		awaitState(mirror, Map.of());
		assertThat(this.changes.keys()).containsExactly(keys("a"), keys("a"));
	}

	@Test
	void deliversOneTransactionAsOneChange() {
		store.put(key("a"), "1");
		store.put(key("c"), "1");
		Mirror mirror = mirror(connect(shared));
		store.transaction(Map.of(key("a"), "2", key("b"), "2", key("c"), ""));
		awaitState(mirror, Map.of("a", "2", "b", "2"));
		assertThat(this.changes.keys()).containsExactly(keys("a", "c"), keys("a", "b", "c"));
	}

	@Test
	void conflatesChangesWhileTheListenerIsSlow() throws InterruptedException {
		CountDownLatch entered = new CountDownLatch(2);
		CountDownLatch released = new CountDownLatch(1);
		Mirror mirror = start(new Mirror(connect(shared).get(), List.of(KeyRange.prefix(this.prefix)), "test",
				(snapshot, changed) -> {
					this.changes.changed(snapshot, changed);
					entered.countDown();
					if (!changed.isEmpty()) {
						awaitUninterruptibly(released);
					}
				}));
		store.put(key("first"), "1");
		entered.await();
		for (int i = 0; i < 300; i++) {
			store.put(key("" + i % 10), "" + i);
		}
		assertThat(this.changes.keys()).containsExactly(keys(), keys("first"));
		RecordingListener others = new RecordingListener();
		start(new Mirror(connect(shared).get(), List.of(KeyRange.prefix(this.prefix)), "other", others));
		within(5).until(() -> "299".equals(others.last().get(key("9"))));
		released.countDown();
		await().until(() -> "299".equals(this.changes.last().get(key("9"))));
		assertThat(mirror.report().entries()).isEqualTo(11);
		// the last few may come late on a busy machine
		assertThat(this.changes.keys()).hasSizeLessThan(50);
		Set<String> received = new TreeSet<>();
		this.changes.keys().forEach(received::addAll);
		assertThat(received).hasSize(11);
	}

	@Test
	void retriesADeliveryWhenTheListenerFails() {
		AtomicInteger calls = new AtomicInteger();
		Mirror mirror = start(new Mirror(connect(shared).get(), List.of(KeyRange.prefix(this.prefix)), "test",
				(snapshot, changed) -> {
					switch (calls.incrementAndGet() % 3) {
						case 1 -> throw new IllegalStateException("test");
						case 2 -> throw new StackOverflowError("test");
						default -> this.changes.changed(snapshot, changed);
					}
				}));
		for (int i = 1; i <= 3; i++) {
			store.put(key("a"), "" + i);
			awaitState(mirror, Map.of("a", "" + i));
		}
		within(5).until(() -> mirror.status().synced());
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void listsManyKeysAtOneRevision() {
		TestConnection connection = connect(shared);
		for (int i = 0; i < 5000; i += 100) {
			Map<String, String> batch = new TreeMap<>();
			for (int j = i; j < i + 100; j++) {
				batch.put(key("%04d".formatted(j)), "0");
			}
			store.transaction(batch);
		}
		AtomicBoolean enough = new AtomicBoolean();
		Thread writer = new Thread(() -> {
			for (int i = 1; !enough.get(); i++) {
				store.transaction(Map.of(key("0000"), "" + i, key("2500"), "" + i, key("4999"), "" + i));
			}
		});
		writer.start();
		RangeReader reader = new RangeReader(connection.get(), List.of(KeyRange.prefix(this.prefix)), 2000);
		Mirror mirror = start(new Mirror(connection.get(), reader, "test", this.changes, INTERVALS, true));
		await().until(() -> this.changes.states().size() > 20);
		enough.set(true);
		assertThat(this.changes.states()).allSatisfy((state) -> {
			assertThat(state).hasSize(5000);
			assertThat(state.get(key("0000"))).isEqualTo(state.get(key("2500"))).isEqualTo(state.get(key("4999")));
		});
		assertThat(mirror.lists()).isEqualTo(1);
		await().until(() -> !writer.isAlive());
	}

	@Test
	void watchesWithinANamespace() {
		store.put("/team" + key("a"), "1");
		store.put(key("b"), "not mine");
		Mirror mirror = mirror(connect(List.of(shared.endpoint()), "namespace=/team"));
		store.put("/team" + key("c"), "1");
		awaitState(mirror, Map.of("a", "1", "c", "1"));
	}

	@Test
	void keepsTheSnapshotWhileEtcdIsDownAndResumesAfterwards() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd);
		connection.put(key("a"), "1");
		Mirror mirror = mirror(connection);
		Instant killedAt = Instant.now();
		etcd.kill();
		await().until(() -> !mirror.status().synced());
		assertThat(mirror.status().since()).isBetween(killedAt, Instant.now());
		assertThat(mirror.status().problem().text()).isNotBlank();
		assertThat(this.changes.last()).isEqualTo(Map.of(key("a"), "1"));
		Instant since = mirror.status().since();
		await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
		assertThat(mirror.status().since()).isEqualTo(since);
		etcd.restart();
		TestConnection other = connect(etcd);
		other.put(key("b"), "2");
		awaitState(mirror, Map.of("a", "1", "b", "2"));
		assertThat(this.changes.keys()).containsExactly(keys("a"), keys("b"));
		assertThat(mirror.lists()).isEqualTo(1);
		within(3).until(() -> mirror.status().synced());
		assertThat(mirror.status().since()).isAfter(since);
	}

	@Test
	void catchesUpOnMissedChanges() {
		TcpProxy proxy = this.opened.add(TcpProxy.to(shared.port()));
		store.put(key("a"), "1");
		store.put(key("b"), "1");
		Mirror mirror = mirror(connect(proxy));
		cutOff(proxy);
		store.put(key("a"), "2");
		store.delete(key("b"));
		store.put(key("c"), "1");
		await().until(() -> !mirror.status().synced());
		assertThat(this.changes.keys()).hasSize(1);
		proxy.accept();
		awaitState(mirror, Map.of("a", "2", "c", "1"));
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void resyncsAfterACompactionAndReportsDeletions() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection direct = connect(etcd);
		TcpProxy proxy = this.opened.add(TcpProxy.to(etcd.port()));
		direct.put(key("a"), "1");
		direct.put(key("b"), "1");
		Mirror mirror = mirror(connect(proxy));
		cutOff(proxy);
		direct.delete(key("b"));
		direct.put(key("c"), "1");
		direct.compact();
		proxy.accept();
		awaitState(mirror, Map.of("a", "1", "c", "1"));
		assertThat(this.changes.keys()).containsExactly(keys("a", "b"), keys("b", "c"));
		assertThat(mirror.lists()).isEqualTo(2);
		within(3).until(() -> mirror.status().synced());
	}

	@Test
	void resyncsWithAWipedStore() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd);
		connection.put(key("a"), "1");
		connection.put(key("b"), "1");
		Mirror mirror = mirror(connection);
		etcd.wipe();
		etcd.restart();
		awaitState(mirror, Map.of());
		connect(etcd).put(key("b"), "2");
		awaitState(mirror, Map.of("b", "2"));
	}

	/**
	 * Like a script that fills a new store after one of its lines has changed.
	 */
	@Test
	void resyncsWithAWipedStoreThatWasRefilledToTheSameRevision() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection direct = connect(etcd);
		direct.put(key("a"), "1");
		direct.put(key("b"), "1");
		TcpProxy proxy = this.opened.add(TcpProxy.to(etcd.port()));
		Mirror mirror = mirror(connect(proxy));
		cutOff(proxy);
		etcd.wipe();
		etcd.restart();
		TestConnection again = connect(etcd);
		again.put(key("a"), "2");
		again.put(key("b"), "1");
		proxy.accept();
		awaitState(mirror, Map.of("a", "2", "b", "1"));
		assertThat(this.changes.keys()).last().isEqualTo(keys("a"));
	}

	@Test
	void resyncsWithARestoredStore(@TempDir Path directory) {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd);
		connection.put(key("a"), "1");
		etcd.saveSnapshot(directory.resolve("snapshot"));
		connection.put(key("a"), "2");
		connection.put(key("b"), "2");
		Mirror mirror = mirror(connection);
		etcd.restoreSnapshot(directory.resolve("snapshot"));
		etcd.restart();
		awaitState(mirror, Map.of("a", "1"));
		assertThat(this.changes.keys()).last().isEqualTo(keys("a", "b"));
		connect(etcd).put(key("c"), "3");
		awaitState(mirror, Map.of("a", "1", "c", "3"));
	}

	/**
	 * The revision of the mirror exists again, and neither the number of keys nor the
	 * newest key of the mirror shows that others have changed.
	 */
	@Test
	void resyncsWithARestoredStoreThatHasReachedTheSameRevision(@TempDir Path directory) {
		EtcdServer etcd = this.opened.etcd();
		TestConnection direct = connect(etcd);
		direct.put(key("a"), "1");
		direct.put(key("b"), "1");
		etcd.saveSnapshot(directory.resolve("snapshot"));
		direct.put("/elsewhere", "1");
		direct.put("/elsewhere", "2");
		TcpProxy proxy = this.opened.add(TcpProxy.to(etcd.port()));
		Mirror mirror = mirror(connect(proxy));
		cutOff(proxy);
		etcd.restoreSnapshot(directory.resolve("snapshot"));
		etcd.restart();
		TestConnection again = connect(etcd);
		again.put(key("a"), "2");
		again.put("/elsewhere", "1");
		again.put("/elsewhere", "2");
		proxy.accept();
		awaitState(mirror, Map.of("a", "2", "b", "1"));
	}

	@Test
	void shrinksPagesThatExceedTheMessageSize() {
		TcpProxy proxy = this.opened.add(TcpProxy.to(shared.port()));
		Map<String, String> expected = new TreeMap<>();
		for (int i = 0; i < 40; i++) {
			store.put(key("%02d".formatted(i)), "x".repeat(10_000));
		}
		Mirror mirror = mirror(connect(List.of(endpoint(proxy)), "max-inbound-message-size=100KB"));
		assertThat(mirror.report().entries()).isEqualTo(40);
		cutOff(proxy);
		for (int i = 0; i < 60; i++) {
			expected.put("%02d".formatted(i), "y".repeat(10_000));
			store.put(key("%02d".formatted(i)), "y".repeat(10_000));
		}
		proxy.accept();
		awaitState(mirror, expected);
		assertThat(mirror.lists()).isEqualTo(2);
		within(5).until(() -> mirror.status().synced());
		store.put(key("00"), "z");
		expected.put("00", "z");
		awaitState(mirror, expected);
		assertThat(mirror.lists()).isEqualTo(2);
	}

	@Test
	void detectsAFrozenEtcdAndResumesWhenItThaws() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd);
		connection.put(key("a"), "1");
		Mirror mirror = mirror(connection);
		etcd.freeze();
		within(10).until(() -> !mirror.status().synced());
		assertThat(this.changes.last()).isEqualTo(Map.of(key("a"), "1"));
		etcd.thaw();
		connect(etcd).put(key("b"), "1");
		within(5).until(() -> this.changes.last().size() == 2);
		within(3).until(() -> mirror.status().synced());
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void neitherLosesNorRepeatsChangesOnAFlakyNetwork() {
		TcpProxy proxy = this.opened.add(TcpProxy.to(shared.port()));
		List<String> received = Collections.synchronizedList(new ArrayList<>());
		Mirror mirror = start(new Mirror(connect(proxy).get(), List.of(KeyRange.prefix(this.prefix)), "test", (snapshot,
				changed) -> received.addAll(changed.stream().map(ByteSequence::toString).sorted().toList())));
		AtomicInteger written = new AtomicInteger();
		AtomicBoolean enough = new AtomicBoolean();
		Thread writer = new Thread(() -> {
			while (!enough.get()) {
				store.put(key("%06d".formatted(written.get())), "1");
				written.incrementAndGet();
			}
		});
		writer.start();
		long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
		int cuts = 0;
		while (System.nanoTime() - end < 0) {
			await().pollDelay(Duration.ofMillis(ThreadLocalRandom.current().nextLong(20, 400))).until(() -> true);
			proxy.cut();
			cuts++;
		}
		enough.set(true);
		await().until(() -> !writer.isAlive());
		within(10).until(() -> received.contains(key("%06d".formatted(written.get() - 1))));
		assertThat(received).doesNotHaveDuplicates().hasSize(written.get()).isSorted();
		assertThat(cuts).isGreaterThan(20);
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void closesQuicklyWhileEtcdIsFrozen() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd);
		Mirror following = mirror(connection);
		etcd.freeze();
		Mirror listing = new Mirror(connection.get(), List.of(KeyRange.prefix(this.prefix)), "listing", this.changes);
		listing.start();
		long before = System.nanoTime();
		following.close();
		listing.close();
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
		assertThat(threads()).isEmpty();
	}

	/** An explanation of the failure probes the endpoints. */
	@Test
	void closesQuicklyWhileItDiagnosesAnOutage() {
		List<String> endpoints = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			TcpProxy proxy = this.opened.add(TcpProxy.to(shared.port()));
			proxy.blackhole(true);
			endpoints.add(endpoint(proxy));
		}
		Mirror mirror = new Mirror(connect(endpoints, "request-timeout=1s").get(),
				List.of(KeyRange.prefix(this.prefix)), "test", this.changes);
		mirror.start();
		await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
		long before = System.nanoTime();
		mirror.close();
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
		assertThat(threads()).isEmpty();
	}

	@Test
	void resumesWithReadPermissionOnlyWhenTheTokenHasExpired() {
		EtcdServer etcd = this.opened.add(EtcdServer.builder().arguments("--auth-token-ttl=1").start());
		etcd.etcdctl("role", "add", "reader");
		etcd.etcdctl("role", "grant-permission", "reader", "--prefix=true", "read", this.prefix);
		etcd.etcdctl("user", "add", "alice:secret");
		etcd.etcdctl("user", "grant-role", "alice", "reader");
		etcd.enableAuthentication("secret");
		TestConnection root = connect(List.of(etcd.endpoint()), "username=root", "password=secret");
		TcpProxy proxy = this.opened.add(TcpProxy.to(etcd.port()));
		Mirror mirror = mirror(connect(List.of(endpoint(proxy)), "username=alice", "password=secret"));
		for (int i = 0; i < 2; i++) {
			await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
			proxy.cut();
			root.put(key("a"), "" + i);
			String value = "" + i;
			within(5).until(() -> value.equals(this.changes.last().get(key("a"))));
		}
		etcd.restart();
		connect(List.of(etcd.endpoint()), "username=root", "password=secret").put(key("a"), "last");
		within(6).until(() -> "last".equals(this.changes.last().get(key("a"))));
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void survivesTheLossOfQuorumAndLeader() {
		EtcdCluster cluster = this.opened.add(EtcdCluster.start(3));
		TestConnection connection = connect(cluster.endpoints());
		connection.put(key("a"), "1");
		Mirror mirror = mirror(connection);
		cluster.leader().kill();
		cluster.leader().etcdctl("put", key("b"), "1");
		within(5).until(() -> this.changes.last().size() == 2);
		cluster.leader().kill();
		within(15).until(() -> !mirror.status().synced());
		assertThat(mirror.report().entries()).isEqualTo(2);
		cluster.restart();
		cluster.leader().etcdctl("put", key("c"), "1");
		within(8).until(() -> this.changes.last().size() == 3);
		assertThat(mirror.lists()).isEqualTo(1);
		assertThat(this.changes.keys()).containsExactly(keys("a"), keys("b"), keys("c"));
	}

	@Test
	void neverShowsPartOfATransactionAcrossRanges() {
		Mirror mirror = start(new Mirror(connect(shared).get(), ranges("a/", "b/", "c/"), "test", this.changes));
		for (int i = 1; i <= 500; i++) {
			store.transaction(Map.of(key("a/1"), "" + i, key("b/1"), "" + i, key("c/1"), "" + i));
		}
		awaitState(mirror, Map.of("a/1", "500", "b/1", "500", "c/1", "500"));
		assertThat(this.changes.states()).allSatisfy((state) -> {
			assertThat(new HashSet<>(state.values())).hasSizeLessThan(2);
			assertThat(state.size() % 3).isZero();
		});
		assertThat(this.changes.keys()).hasSizeLessThanOrEqualTo(501)
			.filteredOn((keys) -> !keys.isEmpty())
			.hasSizeGreaterThan(1)
			.containsOnly(keys("a/1", "b/1", "c/1"));
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void deliversOneTransactionAcrossRangesAsOneChange() {
		store.put(key("a/1"), "1");
		store.put(key("b/1"), "1");
		Mirror mirror = start(new Mirror(connect(shared).get(), ranges("a/", "b/"), "test", this.changes));
		store.transaction(Map.of(key("a/1"), "2", key("b/1"), "", key("b/2"), "2"));
		awaitState(mirror, Map.of("a/1", "2", "b/2", "2"));
		store.delete(key("b/2"));
		awaitState(mirror, Map.of("a/1", "2"));
		store.delete(key("a/1"));
		awaitState(mirror, Map.of());
		assertThat(this.changes.keys()).containsExactly(keys("a/1", "b/1"), keys("a/1", "b/1", "b/2"), keys("b/2"),
				keys("a/1"));
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void conflatesABurstAcrossRangesAndEndsAtTheLastValue() {
		Mirror mirror = start(new Mirror(connect(shared).get(), ranges("a/", "b/"), "test", (snapshot, changed) -> {
			await().pollDelay(Duration.ofMillis(100)).until(() -> true);
			this.changes.changed(snapshot, changed);
		}));
		Map<String, String> expected = new TreeMap<>();
		for (int i = 0; i < 400; i++) {
			String name = ((i % 2 == 0) ? "a/" : "b/") + i % 10;
			store.put(key(name), "" + i);
			expected.put(name, "" + i);
		}
		awaitState(mirror, expected);
		assertThat(this.changes.keys()).hasSizeLessThan(100);
	}

	@Test
	void watchesSeveralRangesOfManyPages() {
		Map<String, String> expected = new TreeMap<>();
		for (int i = 0; i < 30; i++) {
			expected.put("a/%02d".formatted(i), "1");
			expected.put("b/%02d".formatted(i), "1");
		}
		putAll(expected);
		TestConnection connection = connect(shared);
		RangeReader reader = new RangeReader(connection.get(), ranges("a/", "b/"), 7);
		Mirror mirror = start(new Mirror(connection.get(), reader, "test", this.changes, INTERVALS, true));
		for (int i = 2; i < 20; i++) {
			String value = "" + i;
			expected.replaceAll((key, before) -> value);
			putAll(expected);
		}
		awaitState(mirror, expected);
		assertThat(this.changes.states()).allSatisfy((state) -> {
			assertThat(state).hasSize(60);
			assertThat(new HashSet<>(state.values())).hasSize(1);
		});
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void losesNoChangeOfSeveralRangesOnAFlakyNetwork() {
		TcpProxy proxy = this.opened.add(TcpProxy.to(shared.port()));
		Mirror mirror = start(new Mirror(connect(proxy).get(), ranges("a/", "b/"), "test", this.changes));
		AtomicInteger written = new AtomicInteger();
		AtomicBoolean enough = new AtomicBoolean();
		Thread writer = new Thread(() -> {
			while (!enough.get()) {
				String value = "" + written.incrementAndGet();
				store.transaction(Map.of(key("a/1"), value, key("b/1"), value));
			}
		});
		writer.start();
		long end = System.nanoTime() + Duration.ofSeconds(6).toNanos();
		while (System.nanoTime() - end < 0) {
			await().pollDelay(Duration.ofMillis(ThreadLocalRandom.current().nextLong(20, 400))).until(() -> true);
			proxy.cut();
		}
		enough.set(true);
		await().until(() -> !writer.isAlive());
		awaitState(mirror, Map.of("a/1", "" + written.get(), "b/1", "" + written.get()));
		assertThat(this.changes.states())
			.allSatisfy((state) -> assertThat(new HashSet<>(state.values())).hasSizeLessThan(2));
		assertThat(this.changes.states()).extracting((state) -> Integer.parseInt(state.getOrDefault(key("a/1"), "0")))
			.isSorted()
			.hasSizeGreaterThan(10);
		within(5).until(() -> mirror.status().synced());
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void catchesUpOnMissedChangesOfSeveralRanges() {
		TcpProxy proxy = this.opened.add(TcpProxy.to(shared.port()));
		store.put(key("a/1"), "1");
		store.put(key("b/1"), "1");
		Mirror mirror = start(new Mirror(connect(proxy).get(), ranges("a/", "b/"), "test", this.changes));
		cutOff(proxy);
		store.put(key("a/1"), "2");
		store.delete(key("b/1"));
		store.put(key("b/2"), "1");
		await().until(() -> !mirror.status().synced());
		proxy.accept();
		awaitState(mirror, Map.of("a/1", "2", "b/2", "1"));
		assertThat(this.changes.keys()).startsWith(keys("a/1", "b/1")).hasSizeLessThan(5);
		assertThat(this.changes.states()).isSubsetOf(Map.of(key("a/1"), "1", key("b/1"), "1"),
				Map.of(key("a/1"), "2", key("b/1"), "1"), Map.of(key("a/1"), "2"),
				Map.of(key("a/1"), "2", key("b/2"), "1"));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void losesNoChangeBetweenReadAndStart(boolean several) throws Exception {
		store.transaction(Map.of(key("a/1"), "1", key("b/1"), "1", key("b/2"), "1"));
		TestConnection connection = connect(shared);
		List<KeyRange> ranges = (several) ? ranges("a/", "b/") : ranges("");
		Snapshot known = new RangeReader(connection.get(), ranges).list();
		store.transaction(Map.of(key("a/1"), "2", key("b/2"), "", key("a/2"), "2"));
		Mirror mirror = startWith(known, new Mirror(connection.get(), ranges, "test", this.changes));
		awaitState(mirror, Map.of("a/1", "2", "a/2", "2", "b/1", "1"));
		assertThat(this.changes.keys()).containsExactly(keys("a/1", "a/2", "b/2"));
		assertThat(mirror.lists()).isZero();
		store.transaction(Map.of(key("a/1"), "", key("a/2"), "", key("b/1"), "", key("b/2"), ""));
		awaitState(mirror, Map.of());
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void losesNoChangeCompactedBetweenReadAndStart(boolean several) throws Exception {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd);
		connection.transaction(Map.of(key("a/1"), "1", key("b/1"), "1", key("b/2"), "1"));
		List<KeyRange> ranges = (several) ? ranges("a/", "b/") : ranges("");
		Snapshot known = new RangeReader(connection.get(), ranges).list();
		connection.transaction(Map.of(key("a/1"), "2", key("b/2"), ""));
		connection.compact();
		Mirror mirror = startWith(known, new Mirror(connection.get(), ranges, "test", this.changes));
		awaitState(mirror, Map.of("a/1", "2", "b/1", "1"));
		assertThat(this.changes.keys()).containsExactly(keys("a/1", "b/2"));
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void resyncsWithAStoreWipedBetweenReadAndStart(boolean several) throws Exception {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd);
		connection.put(key("a/1"), "1");
		connection.put(key("b/1"), "1");
		List<KeyRange> ranges = (several) ? ranges("a/", "b/") : ranges("");
		Snapshot known = new RangeReader(connection.get(), ranges).list();
		etcd.wipe();
		etcd.restart();
		TestConnection again = connect(etcd);
		again.put(key("a/1"), "2");
		again.put(key("b/1"), "1");
		Mirror mirror = startWith(known, new Mirror(again.get(), ranges, "test", this.changes));
		awaitState(mirror, Map.of("a/1", "2", "b/1", "1"));
		assertThat(this.changes.keys()).first()
			.asInstanceOf(InstanceOfAssertFactories.collection(String.class))
			.contains(key("a/1"));
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void watchesPermittedRangesAndReportsForbiddenOnes() throws Exception {
		EtcdServer etcd = this.opened.etcd();
		permit(etcd, "a/");
		etcd.enableAuthentication("secret");
		TestConnection alice = connect(List.of(etcd.endpoint()), "username=alice", "password=secret");
		Mirror mirror = this.opened.add(new Mirror(alice.get(), ranges("a/", "b/"), "test", this.changes));
		mirror.start();
		within(5).until(() -> mirror.status().synced());
		assertThat(mirror.status().problem().requiresIntervention()).isTrue();
		assertThat(mirror.status().problem().text()).contains(key("b/"), "permission denied").doesNotContain(key("a/"));
		assertThat(mirror.report().forbidden()).containsExactly(key("b/"));
		connect(List.of(etcd.endpoint()), "username=root", "password=secret").put(key("a/1"), "1");
		awaitState(mirror, Map.of("a/1", "1"));
	}

	/** The ranges are read with a new token after an event. */
	@Test
	void resumesSeveralRangesWhenTheTokenHasExpired() {
		EtcdServer etcd = this.opened.add(EtcdServer.builder().arguments("--auth-token-ttl=1").start());
		permit(etcd, "a/", "b/");
		etcd.enableAuthentication("secret");
		TestConnection root = connect(List.of(etcd.endpoint()), "username=root", "password=secret");
		TestConnection alice = connect(List.of(etcd.endpoint()), "username=alice", "password=secret");
		Mirror mirror = start(new Mirror(alice.get(), ranges("a/", "b/"), "test", this.changes));
		for (int i = 0; i < 2; i++) {
			await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
			root.transaction(Map.of(key("a/1"), "" + i, key("b/1"), "" + i));
			awaitState(mirror, Map.of("a/1", "" + i, "b/1", "" + i));
		}
		assertThat(mirror.lists()).isEqualTo(1);
	}

	@Test
	void keepsIdleWatchesBehindAGrpcProxy() {
		EtcdServer etcd = this.opened.etcd();
		GrpcProxy proxy = this.opened.add(GrpcProxy.to(etcd));
		TestConnection connection = connect(List.of(proxy.endpoint()));
		WatchIntervals intervals = new WatchIntervals(Duration.ofMillis(300), Duration.ofMillis(2000),
				Duration.ofMinutes(10), Duration.ofMillis(300), Duration.ofMillis(300));
		Mirror mirror = start(new Mirror(connection.get(), new RangeReader(connection.get(), ranges("a/", "b/")),
				"test", this.changes, intervals, true));
		await().pollDelay(Duration.ofSeconds(6)).until(() -> true);
		assertThat(mirror.report().watches()).isEqualTo(1);
		connect(List.of(etcd.endpoint())).put(key("a/1"), "1");
		awaitState(mirror, Map.of("a/1", "1"));
		assertThat(mirror.status().synced()).isTrue();
		assertThat(proxy.isRunning()).isTrue();
	}

	private void permit(EtcdServer etcd, String... names) {
		etcd.etcdctl("role", "add", "reader");
		for (String name : names) {
			etcd.etcdctl("role", "grant-permission", "reader", "--prefix=true", "read", key(name));
		}
		etcd.etcdctl("user", "add", "alice:secret");
		etcd.etcdctl("user", "grant-role", "alice", "reader");
	}

	private List<KeyRange> ranges(String... names) {
		return Stream.of(names).map((name) -> KeyRange.prefix(key(name))).toList();
	}

	private void putAll(Map<String, String> values) {
		Map<String, String> full = new TreeMap<>();
		values.forEach((name, value) -> full.put(key(name), value));
		store.transaction(full);
	}

	private Mirror startWith(Snapshot known, Mirror mirror) {
		this.opened.add(mirror);
		mirror.start(known);
		within(10).until(() -> mirror.status().synced());
		return mirror;
	}

	private Mirror mirror(TestConnection connection) {
		return start(new Mirror(connection.get(), List.of(KeyRange.prefix(this.prefix)), "test", this.changes));
	}

	private Mirror start(Mirror mirror) {
		this.opened.add(mirror);
		mirror.start();
		within(10).until(() -> mirror.status().synced());
		return mirror;
	}

	private TestConnection connect(EtcdServer etcd) {
		return connect(List.of(etcd.endpoint()));
	}

	private TestConnection connect(TcpProxy proxy) {
		return connect(List.of(endpoint(proxy)));
	}

	private TestConnection connect(List<String> endpoints, String... properties) {
		return this.opened.connection(endpoints, properties);
	}

	private String key(String name) {
		return this.prefix + name;
	}

	private Set<String> keys(String... names) {
		Set<String> keys = new TreeSet<>();
		for (String name : names) {
			keys.add(key(name));
		}
		return keys;
	}

	private void awaitState(Mirror mirror, Map<String, String> expected) {
		Map<String, String> full = new TreeMap<>();
		expected.forEach((name, value) -> full.put(key(name), value));
		within(10).untilAsserted(() -> {
			assertThat(this.changes.last()).isEqualTo(full);
			assertThat(mirror.revision()).isPositive();
		});
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

	private static String endpoint(TcpProxy proxy) {
		return "http://127.0.0.1:" + proxy.port();
	}

	private static void cutOff(TcpProxy proxy) {
		proxy.refuse();
		proxy.cut();
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static List<Thread> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("etcd-mirror"))
			.toList();
	}

}
