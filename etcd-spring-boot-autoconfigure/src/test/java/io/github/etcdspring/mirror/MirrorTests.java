package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.mirror.FakeEtcd.WatchCall;
import io.github.etcdspring.testsupport.TcpProxy;
import io.grpc.Status;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Mirror} with a fake server that produces rare failures.
 */
@ExtendWith(OutputCaptureExtension.class)
class MirrorTests {

	private static final String WARNING = "is interrupted, the last known state";

	private static final String WATCHING = "Watching etcd keys";

	private static final WatchIntervals SHORT_INTERVALS = new WatchIntervals(Duration.ofMillis(300),
			Duration.ofMillis(500), Duration.ofMinutes(1), Duration.ofMillis(300), Duration.ofMillis(300));

	private final FakeEtcd etcd = new FakeEtcd();

	private final TestConnection connection = TestConnection.to(this.etcd.endpoint(), "request-timeout=2s");

	private final RecordingListener changes = new RecordingListener();

	private Mirror mirror = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/")), "test", this.changes);

	@AfterEach
	void close() {
		this.mirror.close();
		this.connection.close();
		this.etcd.close();
	}

	/** The server sends its revision before it sends missed events. */
	@Test
	void resumesFromItsOwnRevisionWhenAStreamBreaksBeforeTheHistoryIsSent() {
		this.etcd.put("/a", "1");
		this.etcd.onWatch((watch) -> {
			for (int i = 0; i < 10; i++) {
				this.etcd.put("/" + i, "1");
			}
			watch.created();
			watch.fail(Status.UNAVAILABLE.withDescription("test"));
		});
		start();
		within(3).until(() -> this.mirror.report().entries() == 11);
		assertThat(this.etcd.startRevisions()).containsExactly(3L, 3L);
		assertThat(this.mirror.lists()).isEqualTo(1);
	}

	@ParameterizedTest
	@MethodSource("ends")
	void resumesFromItsOwnRevisionHoweverAStreamEnds(Consumer<WatchCall> end) {
		this.etcd.put("/a", "1");
		start();
		this.etcd.put("/b", "1");
		awaitState(Map.of("/a", "1", "/b", "1"));
		this.etcd.endWatches(end);
		this.etcd.put("/c", "1");
		awaitState(Map.of("/a", "1", "/b", "1", "/c", "1"));
		within(3).until(() -> this.mirror.status().synced());
		assertThat(this.changes.keys()).containsExactly(Set.of("/a"), Set.of("/b"), Set.of("/c"));
		assertThat(this.etcd.startRevisions()).containsExactly(3L, 4L);
		assertThat(this.mirror.lists()).isEqualTo(1);
		assertThat(this.etcd.openWatches()).isEqualTo(1);
	}

	static Stream<Named<Consumer<WatchCall>>> ends() {
		return Stream.of(Named.of("OK", WatchCall::complete), failing(Status.UNAVAILABLE),
				failing(Status.UNAVAILABLE.withDescription("etcdserver: no leader")), failing(Status.INTERNAL),
				failing(Status.INTERNAL.withDescription("Received unexpected EOS")), failing(Status.UNKNOWN),
				failing(Status.UNKNOWN.withDescription("test")),
				failing(Status.CANCELLED.withDescription("etcdserver: watch canceled")),
				failing(Status.UNAUTHENTICATED.withDescription("etcdserver: invalid auth token")),
				failing(Status.UNAUTHENTICATED));
	}

	private static Named<Consumer<WatchCall>> failing(Status status) {
		return Named.of(status.getCode() + " " + status.getDescription(), (watch) -> watch.fail(status));
	}

	@ParameterizedTest
	@ValueSource(strings = { "rpc error: code = InvalidArgument desc = etcdserver: revision of auth store is old",
			"rpc error: code = Unauthenticated desc = etcdserver: invalid auth token" })
	void retriesAtOnceWithANewToken(String reason, CapturedOutput output) {
		this.etcd.onWatch((watch) -> watch.createdAndCanceled(reason));
		start();
		this.etcd.put("/a", "1");
		awaitState(Map.of("/a", "1"));
		assertThat(this.etcd.startRevisions()).containsExactly(2L, 2L);
		assertThat(this.etcd.openStreams()).isEqualTo(1);
		assertThat(output).doesNotContain(WARNING);
	}

	@Test
	void backsOffWhenANewTokenDoesNotHelp(CapturedOutput output) {
		for (int i = 0; i < 3; i++) {
			this.etcd.onWatch((watch) -> watch.createdAndCanceled("etcdserver: revision of auth store is old"));
		}
		this.mirror.start();
		within(3).until(this::requiresIntervention);
		await().during(Duration.ofSeconds(2)).until(() -> this.etcd.startRevisions().size() == 2);
		assertThat(output).containsOnlyOnce(WARNING);
	}

	@Test
	void backsOffWhenAnOperatorHasToAct(CapturedOutput output) {
		this.etcd.put("/a", "1");
		this.etcd.onWatch((watch) -> watch
			.createdAndCanceled("rpc error: code = PermissionDenied desc = etcdserver: permission denied"));
		this.mirror.start();
		within(3).until(this::requiresIntervention);
		assertThat(this.mirror.status().problem().text()).contains(this.etcd.endpoint(), "permission denied");
		await().during(Duration.ofSeconds(2)).until(() -> this.etcd.startRevisions().size() == 1);
		assertThat(this.changes.last()).containsOnlyKeys("/a");
		assertThat(output).containsOnlyOnce(WARNING);
	}

	private boolean requiresIntervention() {
		MirrorStatus status = this.mirror.status();
		return status.problem() != null && status.problem().requiresIntervention();
	}

	/** Error of etcd for a future revision. */
	@Test
	void resyncsWhenTheServerDoesNotHaveItsRevision() {
		this.etcd.put("/a", "1");
		this.etcd.onWatch((watch) -> {
			watch.created();
			watch.canceled();
		});
		start();
		within(3).until(() -> this.mirror.lists() == 2);
		this.etcd.put("/b", "1");
		awaitState(Map.of("/a", "1", "/b", "1"));
	}

	@Test
	void resyncsWhenTheStoreIsReplacedBeforeTheStreamOpens() {
		this.etcd.put("/a", "1");
		this.etcd.put("/b", "1");
		this.etcd.onWatch((watch) -> {
			this.etcd.wipe();
			this.etcd.put("/c", "1");
			this.etcd.put("/b", "1");
			this.etcd.put("/d", "1");
			watch.serve();
		});
		start();
		awaitState(Map.of("/b", "1", "/c", "1", "/d", "1"));
		assertThat(this.mirror.lists()).isEqualTo(2);
		assertThat(this.etcd.startRevisions()).containsExactly(4L, 5L);
	}

	/** Happens if the endpoints belong to two clusters. */
	@Test
	void backsOffWhenTheStoreIsReplacedRepeatedly(CapturedOutput output) {
		this.etcd.put("/a", "0");
		for (int i = 0; i < 200; i++) {
			this.etcd.onWatch((watch) -> {
				this.etcd.wipe();
				this.etcd.put("/a", "" + this.etcd.startRevisions().size());
				watch.serve();
			});
		}
		this.mirror.start();
		await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
		assertThat(this.mirror.lists()).isBetween(4L, 12L);
		assertThat(output).containsOnlyOnce(WARNING);
	}

	@Test
	void doesNotLogOutagesIfTheCallerReportsThem(CapturedOutput output) {
		try (TcpProxy proxy = TcpProxy.to(this.etcd.port());
				TestConnection proxied = TestConnection.to("http://127.0.0.1:" + proxy.port(), "request-timeout=1s")) {
			this.mirror = Mirror.withoutOutageLogging(proxied.get(), List.of(KeyRange.prefix("/")), "test",
					this.changes);
			start();
			proxy.refuse();
			proxy.cut();
			within(3).until(() -> !this.mirror.status().synced());
			await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
			proxy.accept();
			within(4).until(() -> this.mirror.status().synced());
			assertThat(output).doesNotContain(WARNING).doesNotContain(WATCHING);
			this.mirror.close();
		}
	}

	@Test
	void retriesAWatchThatDoesNotOpen() {
		this.etcd.onWatch((watch) -> {
		});
		start();
		this.etcd.put("/a", "1");
		awaitState(Map.of("/a", "1"));
		assertThat(this.etcd.startRevisions()).containsExactly(2L, 2L);
	}

	@Test
	void replacesAnUnresponsiveWatch() {
		this.etcd.onWatch(WatchCall::created);
		start(new WatchIntervals(Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMinutes(1),
				Duration.ofMillis(300), Duration.ofMillis(300)));
		this.etcd.put("/a", "1");
		within(3).until(() -> !this.changes.last().isEmpty());
		assertThat(this.etcd.startRevisions()).containsExactly(2L, 2L);
	}

	@Test
	void keepsAnIdleWatch() {
		start(new WatchIntervals(Duration.ofMillis(300), Duration.ofSeconds(3), Duration.ofMinutes(1),
				Duration.ofMillis(300), Duration.ofMillis(300)));
		await().during(Duration.ofSeconds(3)).until(() -> this.mirror.status().synced());
		assertThat(this.etcd.startRevisions()).hasSize(1);
		assertThat(this.changes.keys()).hasSize(1);
	}

	@Test
	void ignoresRepeatedEvents() {
		this.etcd.put("/a", "1");
		start();
		this.etcd.put("/a", "2");
		awaitState(Map.of("/a", "2"));
		this.etcd.resendEvents();
		this.etcd.put("/b", "1");
		awaitState(Map.of("/a", "2", "/b", "1"));
		assertThat(this.changes.keys()).containsExactly(Set.of("/a"), Set.of("/a"), Set.of("/b"));
	}

	@Test
	void reconcilesChangesThatTheWatchMissed(CapturedOutput output) {
		this.etcd.put("/a", "1");
		start(new WatchIntervals(Duration.ofMillis(300), Duration.ofSeconds(3), Duration.ofMillis(500),
				Duration.ofMillis(300), Duration.ofMillis(300)));
		this.etcd.putWithoutEvent("/a", "2");
		this.etcd.putWithoutEvent("/b", "2");
		within(8).until(() -> this.changes.last().size() == 2);
		assertThat(this.changes.keys()).containsExactly(Set.of("/a"), Set.of("/a", "/b"));
		within(5).until(() -> this.mirror.report().missed() == 2);
		within(5).untilAsserted(() -> assertThat(output).contains("missed changes of 2 keys"));
		this.etcd.put("/c", "3");
		awaitState(Map.of("/a", "2", "/b", "2", "/c", "3"));
		assertThat(this.etcd.startRevisions()).hasSize(1);
	}

	@Test
	void resyncsWhenTooManyEventsAreUnread() {
		CountDownLatch released = new CountDownLatch(1);
		this.mirror = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/")), "test", (snapshot, changed) -> {
			this.changes.changed(snapshot, changed);
			if (changed.size() == 1) {
				awaitUninterruptibly(released);
			}
		});
		start();
		this.etcd.put("/0", "1");
		within(3).until(() -> this.changes.keys().size() == 2);
		for (int i = 0; i < 11_000; i++) {
			this.etcd.put("/" + i % 100, "" + i);
		}
		within(10).until(() -> this.etcd.openWatches() == 0);
		released.countDown();
		within(10).until(() -> "10999".equals(this.changes.last().get("/99")));
		assertThat(this.mirror.lists()).isEqualTo(2);
		assertThat(this.changes.keys()).hasSizeLessThan(5);
	}

	@Test
	void backsOffAndLogsOnceWhenNoWatchLasts(CapturedOutput output) {
		for (int i = 0; i < 200; i++) {
			this.etcd.onWatch((watch) -> {
				watch.created();
				watch.fail(Status.UNAVAILABLE.withDescription("test"));
			});
		}
		this.mirror.start();
		await().pollDelay(Duration.ofSeconds(8)).until(() -> true);
		assertThat(this.etcd.startRevisions()).hasSizeBetween(6, 15);
		assertThat(output).containsOnlyOnce(WARNING).doesNotContain("\tat ");
		assertThat(StringUtils.countOccurrencesOf(output.toString(), WATCHING)).isLessThanOrEqualTo(2);
	}

	@Test
	void logsAnOutageOnceAndItsEnd(CapturedOutput output) {
		try (TcpProxy proxy = TcpProxy.to(this.etcd.port());
				TestConnection proxied = TestConnection.to("http://127.0.0.1:" + proxy.port(), "request-timeout=2s")) {
			this.mirror = new Mirror(proxied.get(), List.of(KeyRange.prefix("/")), "test", this.changes);
			start();
			// logged after the status has changed
			within(1).untilAsserted(() -> assertThat(output).containsOnlyOnce(WATCHING));
			proxy.refuse();
			proxy.cut();
			within(8).untilAsserted(
					() -> assertThat(output).contains(WARNING, "127.0.0.1:" + proxy.port() + ": connection refused"));
			await().pollDelay(Duration.ofSeconds(4)).until(() -> true);
			proxy.accept();
			within(5).until(() -> this.mirror.status().synced());
			this.etcd.put("/a", "s3cret");
			awaitState(Map.of("/a", "s3cret"));
			assertThat(output).containsOnlyOnce(WARNING).doesNotContain("s3cret").doesNotContain("\tat ");
			assertThat(StringUtils.countOccurrencesOf(output.toString(), WATCHING)).isEqualTo(2);
			this.mirror.close();
		}
	}

	@Test
	void doesNotLogAShortInterruption(CapturedOutput output) {
		start();
		this.etcd.endWatches((watch) -> watch.fail(Status.UNAVAILABLE.withDescription("test")));
		within(3).until(() -> this.etcd.startRevisions().size() == 2 && this.mirror.status().synced());
		assertThat(output).containsOnlyOnce(WATCHING).doesNotContain(WARNING);
	}

	@Test
	void survivesAnInterruptWithoutClose() {
		this.mirror = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/")), "test", (snapshot, changed) -> {
			this.changes.changed(snapshot, changed);
			Thread.currentThread().interrupt();
		});
		this.mirror.start();
		for (int i = 0; i < 3; i++) {
			this.etcd.put("/a", "" + i);
			String value = "" + i;
			within(3).until(() -> value.equals(this.changes.last().get("/a")));
		}
	}

	@Test
	void redeliversAfterAnOutOfMemoryError() {
		this.etcd.put("/a", "1");
		AtomicInteger calls = new AtomicInteger();
		this.mirror = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/")), "test", (snapshot, changed) -> {
			if (calls.getAndIncrement() % 2 == 0) {
				throw new OutOfMemoryError("as there is none");
			}
			this.changes.changed(snapshot, changed);
		});
		start();
		awaitState(Map.of("/a", "1"));
		this.etcd.put("/b", "1");
		awaitState(Map.of("/a", "1", "/b", "1"));
		assertThat(this.changes.keys()).containsExactly(Set.of("/a"), Set.of("/b"));
	}

	/** With the union of the changes, even if nothing new arrives. */
	@Test
	void retriesADeliveryWhenTheListenerFails(CapturedOutput output) {
		AtomicInteger failures = new AtomicInteger();
		this.mirror = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/")), "test", (snapshot, changed) -> {
			if (!changed.isEmpty() && failures.incrementAndGet() <= 3) {
				throw new IllegalStateException("s3cret");
			}
			this.changes.changed(snapshot, changed);
		});
		start();
		this.etcd.put("/a", "1");
		within(3).until(() -> !this.mirror.status().synced());
		assertThat(this.mirror.status().problem().text()).contains("IllegalStateException").doesNotContain("s3cret");
		this.etcd.put("/b", "1");
		awaitState(Map.of("/a", "1", "/b", "1"));
		within(1).until(() -> this.mirror.status().synced() && this.mirror.status().problem() == null);
		assertThat(this.changes.keys()).containsExactly(Set.of(), Set.of("/a", "/b"));
		assertThat(output).containsOnlyOnce("Failed to process a change of etcd keys").doesNotContain("s3cret");
		assertThat(this.etcd.startRevisions()).hasSize(1);
	}

	@Test
	void retriesADeliveryWhileEtcdIsUnreachable() {
		AtomicBoolean failing = new AtomicBoolean(true);
		this.etcd.put("/a", "1");
		this.mirror = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/")), "test", (snapshot, changed) -> {
			if (failing.get()) {
				throw new IllegalStateException("test");
			}
			this.changes.changed(snapshot, changed);
		});
		this.mirror.start();
		within(3).until(() -> this.mirror.status().problem() != null);
		this.etcd.close();
		failing.set(false);
		within(8).until(() -> Map.of("/a", "1").equals(this.changes.last()));
	}

	@Test
	void retriesADeliveryThatWasInterrupted() {
		AtomicInteger calls = new AtomicInteger();
		this.etcd.put("/a", "1");
		this.mirror = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/")), "test", (snapshot, changed) -> {
			if (calls.incrementAndGet() == 1) {
				throw new InterruptedException();
			}
			this.changes.changed(snapshot, changed);
		});
		start();
		awaitState(Map.of("/a", "1"));
	}

	@Test
	void keepsARangeWhosePermissionIsRevokedAndResumesIt() {
		ForbiddenRanges listener = new ForbiddenRanges(this.changes);
		this.mirror = mirror(listener, KeyRange.prefix("/a/"), KeyRange.prefix("/b/"));
		this.etcd.put("/a/1", "1");
		this.etcd.put("/b/1", "1");
		start();
		this.etcd.forbid("/b/");
		this.etcd.put("/a/1", "2");
		awaitState(Map.of("/a/1", "2", "/b/1", "1"));
		this.etcd.put("/b/1", "2");
		within(3).until(() -> !this.mirror.status().synced() && this.mirror.status().problem() != null);
		assertThat(this.mirror.status().problem().text()).contains("permission denied for [/b/]");
		assertThat(this.mirror.report().forbidden()).containsExactly("/b/");
		this.etcd.endWatches((watch) -> watch.fail(Status.UNAVAILABLE));
		this.etcd.put("/a/1", "3");
		awaitState(Map.of("/a/1", "3", "/b/1", "1"));
		this.etcd.permit("/b/");
		awaitState(Map.of("/a/1", "3", "/b/1", "2"));
		within(3).until(() -> this.mirror.status().synced() && this.mirror.status().problem() == null);
		this.etcd.put("/b/1", "3");
		awaitState(Map.of("/a/1", "3", "/b/1", "3"));
		assertThat(listener.received).containsExactly(List.of("/b/"), List.of());
		assertThat(this.mirror.report().resyncs()).isZero();
	}

	@Test
	void watchesARangeOnceItIsPermitted() {
		this.etcd.forbid("/b/");
		this.etcd.put("/a/1", "1");
		this.etcd.put("/b/1", "1");
		this.mirror = mirror(SHORT_INTERVALS, KeyRange.prefix("/a/"), KeyRange.prefix("/b/"));
		start();
		assertThat(this.changes.last()).isEqualTo(Map.of("/a/1", "1"));
		assertThat(this.mirror.status().problem().text()).contains("/b/");
		this.etcd.permit("/b/");
		awaitState(Map.of("/a/1", "1", "/b/1", "1"));
	}

	@Test
	void asksLessAndLessOftenForItsOnlyRangeUntilItIsPermitted() {
		MirrorState state = new MirrorState(this.connection.get(), "/b/", new WatchIntervals(Duration.ofSeconds(5),
				Duration.ofSeconds(3), Duration.ofMinutes(10), Duration.ofSeconds(5), Duration.ofSeconds(20)), false);
		assertThat(pauseAfterDenial(state)).isBetween(4000L, 6000L);
		assertThat(pauseAfterDenial(state)).isBetween(8000L, 12_000L);
		assertThat(pauseAfterDenial(state)).isBetween(16_000L, 24_000L);
		assertThat(pauseAfterDenial(state)).isBetween(16_000L, 24_000L);
		state.opened(1);
		assertThat(pauseAfterDenial(state)).isBetween(4000L, 6000L);
	}

	private static long pauseAfterDenial(MirrorState state) {
		state.begin();
		return state.failed(EtcdRequestException
			.of(Status.PERMISSION_DENIED.withDescription("etcdserver: permission denied").asRuntimeException()));
	}

	@Test
	void readsItsOnlyRangeOnceItIsPermitted() {
		this.etcd.forbid("/b/");
		this.etcd.put("/b/1", "1");
		this.mirror = mirror(SHORT_INTERVALS, KeyRange.prefix("/b/"));
		this.mirror.start();
		within(3).until(this::requiresIntervention);
		this.etcd.permit("/b/");
		awaitState(Map.of("/b/1", "1"));
		within(3).until(() -> this.mirror.status().synced() && this.mirror.status().problem() == null);
	}

	@Test
	void extensionKeepsARangeWhosePermissionIsRevoked() throws Exception {
		this.mirror = mirror(SHORT_INTERVALS, KeyRange.prefix("/a/"), KeyRange.prefix("/b/"));
		this.etcd.put("/a/1", "1");
		this.etcd.put("/b/1", "1");
		this.etcd.put("/c/1", "1");
		start();
		this.etcd.forbid("/b/");
		this.etcd.put("/a/1", "2");
		awaitState(Map.of("/a/1", "2", "/b/1", "1"));
		AtomicInteger begun = new AtomicInteger();
		assertThat(this.mirror.extend(List.of(KeyRange.prefix("/a/"), KeyRange.prefix("/b/"), KeyRange.prefix("/c/")),
				begun::incrementAndGet, Duration.ofSeconds(3)))
			.isTrue();
		assertThat(begun).hasValue(1);
		assertThat(this.changes.last()).isEqualTo(Map.of("/a/1", "2", "/b/1", "1", "/c/1", "1"));
		this.etcd.permit("/b/");
		this.etcd.put("/c/1", "2");
		this.etcd.put("/b/1", "2");
		awaitState(Map.of("/a/1", "2", "/b/1", "2", "/c/1", "2"));
	}

	@Test
	void extensionTimesOutWithoutEtcdAndIsAppliedLater() throws Exception {
		start();
		this.etcd.refuseTransactions(Status.UNAVAILABLE.withDescription("test"));
		long before = System.nanoTime();
		assertThat(this.mirror.extend(List.of(KeyRange.prefix("/a/"), KeyRange.prefix("/b/")), () -> {
		}, Duration.ofMillis(500))).isFalse();
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
		this.etcd.put("/b/1", "1");
		this.etcd.refuseTransactions(Status.OK);
		awaitState(Map.of("/b/1", "1"));
	}

	@Test
	void rateLimitDoesNotShrinkPages() {
		for (int i = 0; i < 200; i++) {
			this.etcd.put("/" + i, "1");
		}
		this.etcd.refuseReads(Status.RESOURCE_EXHAUSTED.withDescription("rate limited"), 4);
		this.mirror.start();
		within(10).until(() -> this.mirror.status().synced());
		assertThat(this.etcd.reads()).as("refused, list and confirmation").isEqualTo(6);
	}

	@Test
	void workingWatchSurvivesAFailedReconciliation() {
		start(new WatchIntervals(Duration.ofMillis(300), Duration.ofSeconds(3), Duration.ofMillis(300),
				Duration.ofMillis(300), Duration.ofMillis(300)));
		int reads = this.etcd.reads();
		this.etcd.refuseReads(Status.UNAVAILABLE.withDescription("test"), 3);
		within(8).until(() -> this.etcd.reads() >= reads + 4);
		assertThat(this.mirror.status().synced()).isTrue();
		assertThat(this.etcd.startRevisions()).hasSize(1);
	}

	@Test
	void resyncsWhenTooManyBytesAreUnread() {
		CountDownLatch released = new CountDownLatch(1);
		this.mirror = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/")), "test", (snapshot, changed) -> {
			this.changes.changed(snapshot, changed);
			if (changed.size() == 1) {
				awaitUninterruptibly(released);
			}
		});
		start();
		this.etcd.put("/0", "1");
		within(3).until(() -> this.changes.keys().size() == 2);
		String large = "x".repeat(1024 * 1024);
		for (int i = 0; i < 40; i++) {
			this.etcd.put("/" + i % 4, large);
		}
		within(10).until(() -> this.etcd.openWatches() == 0);
		released.countDown();
		within(10).until(() -> this.mirror.lists() == 2);
	}

	@Test
	void closesAfterAListenerThatIgnoresInterrupts() {
		CountDownLatch released = new CountDownLatch(1);
		this.mirror = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/")), "test", (snapshot, changed) -> {
			if (!changed.isEmpty()) {
				awaitUninterruptibly(released);
			}
		});
		start();
		this.etcd.put("/a", "1");
		within(3).until(() -> this.mirror.report().entries() > 0);
		long before = System.nanoTime();
		this.mirror.close();
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
		released.countDown();
		within(1).until(() -> threads().isEmpty());
		within(1).until(() -> this.etcd.openWatches() == 0);
	}

	@Test
	void doesNotStartAfterClose() {
		this.mirror.close();
		this.mirror.start();
		within(1).until(() -> threads().isEmpty());
		assertThat(this.etcd.startRevisions()).isEmpty();
	}

	/** jetcd fails to handle a status without a description. */
	@Test
	void allWatchesOfAStreamEndWithAStatusWithoutDescription() {
		start();
		try (Mirror other = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/b/")), "other",
				new RecordingListener())) {
			other.start();
			within(3).until(() -> this.etcd.startRevisions().size() == 2 && other.status().synced());
			this.etcd.endWatches((watch) -> watch.fail(Status.INTERNAL));
			within(3).until(() -> this.etcd.startRevisions().size() == 4);
		}
	}

	@Test
	void readsOtherRangesOnceWhenATransactionChangesSeveral() {
		startWithTwoRanges();
		assertThat(this.etcd.transactions()).as("list and confirmation").isEqualTo(2);
		this.etcd.putTogether("1", "/a/1", "/b/1", "/c/1");
		awaitState(Map.of("/a/1", "1", "/b/1", "1"));
		await().during(Duration.ofMillis(300)).until(() -> this.etcd.transactions() < 4);
		int before = this.etcd.transactions();
		this.etcd.put("/c/1", "2");
		this.etcd.resendEvents();
		this.etcd.put("/b/1", "2");
		awaitState(Map.of("/a/1", "1", "/b/1", "2"));
		assertThat(this.changes.keys()).containsExactly(Set.of(), Set.of("/a/1", "/b/1"), Set.of("/b/1"));
		assertThat(this.etcd.transactions()).isEqualTo(before + 1);
		assertThat(this.mirror.lists()).isEqualTo(1);
	}

	@Test
	void readsOnlyRangesWithoutAnEventOfTheRevision() {
		startWithTwoRanges();
		this.etcd.put("/a/1", "1");
		awaitState(Map.of("/a/1", "1"));
		assertThat(this.etcd.lastTransaction()).containsExactly("/b/", "/a/1");
		this.etcd.put("/b/1", "1");
		awaitState(Map.of("/a/1", "1", "/b/1", "1"));
		assertThat(this.etcd.lastTransaction()).containsExactly("/a/", "/b/1");
	}

	@Test
	void showsAWholeTransactionAfterTheEventOfOneWatch() {
		onBothWatches((watch) -> {
			if (watch.watched().equals("/a/")) {
				watch.serve();
			}
			else {
				watch.created();
			}
		});
		startWithTwoRanges();
		this.etcd.putTogether("1", "/a/1", "/b/1");
		awaitState(Map.of("/a/1", "1", "/b/1", "1"));
		assertThat(this.changes.keys()).containsExactly(Set.of(), Set.of("/a/1", "/b/1"));
	}

	@Test
	void reopensAllWatchesWhenOneEnds() {
		startWithTwoRanges();
		this.etcd.put("/a/1", "1");
		awaitState(Map.of("/a/1", "1"));
		this.etcd.endWatches((watch) -> {
			if (watch.watched().equals("/b/")) {
				watch.fail(Status.UNAVAILABLE.withDescription("test"));
			}
		});
		this.etcd.put("/b/1", "1");
		this.etcd.put("/a/1", "2");
		awaitState(Map.of("/a/1", "2", "/b/1", "1"));
		within(3).until(() -> this.etcd.openWatches() == 2 && this.etcd.startRevisions().size() == 4);
		within(3).until(() -> this.mirror.status().synced());
		assertThat(this.mirror.lists()).isEqualTo(1);
	}

	@Test
	void isNotSyncedBeforeAllWatchesAreOpen() {
		onBothWatches((watch) -> {
			if (watch.watched().equals("/a/")) {
				watch.serve();
			}
		});
		this.mirror = mirror(SHORT_INTERVALS, KeyRange.prefix("/a/"), KeyRange.prefix("/b/"));
		this.mirror.start();
		await().during(Duration.ofSeconds(1))
			.until(() -> !this.mirror.status().synced() && this.etcd.startRevisions().size() == 2);
		within(5).until(() -> this.mirror.status().synced());
		assertThat(this.etcd.startRevisions()).hasSize(4);
		assertThat(this.etcd.openWatches()).isEqualTo(2);
	}

	@Test
	void replacesAnUnresponsiveWatchWhileAnotherIsBusy() {
		onBothWatches((watch) -> {
			if (watch.watched().equals("/a/")) {
				watch.serve();
			}
			else {
				watch.created();
			}
		});
		this.mirror = mirror(SHORT_INTERVALS, KeyRange.prefix("/a/"), KeyRange.prefix("/b/"));
		start();
		within(5).until(() -> {
			this.etcd.put("/a/1", "1");
			return this.etcd.startRevisions().size() == 4;
		});
		this.etcd.put("/b/1", "1");
		awaitState(Map.of("/a/1", "1", "/b/1", "1"));
	}

	@Test
	void keepsSeveralIdleWatches() {
		this.mirror = mirror(SHORT_INTERVALS, KeyRange.prefix("/a/"), KeyRange.prefix("/b/"));
		start();
		await().during(Duration.ofSeconds(2)).until(() -> this.mirror.status().synced());
		assertThat(this.etcd.startRevisions()).hasSize(2);
		assertThat(this.etcd.transactions()).isEqualTo(2);
	}

	@Test
	void readsRangesSeparatelyIfTogetherTheyExceedTheMessageSize() {
		this.etcd.put("/a/1", "1");
		this.etcd.put("/b/1", "1");
		this.etcd.refuseTransactions(
				Status.RESOURCE_EXHAUSTED.withDescription("grpc: received message larger than max (2 vs. 1)"));
		startWithTwoRanges();
		this.etcd.putTogether("2", "/a/1", "/b/1");
		awaitState(Map.of("/a/1", "2", "/b/1", "2"));
		assertThat(this.changes.keys()).containsExactly(Set.of("/a/1", "/b/1"), Set.of("/a/1", "/b/1"));
		assertThat(this.etcd.transactions()).isEqualTo(1);
		assertThat(this.mirror.lists()).isEqualTo(1);
	}

	@Test
	void retriesAReadThatFailedAfterAnEvent() {
		onBothWatches((watch) -> {
			if (watch.watched().equals("/a/")) {
				watch.serve();
			}
			else {
				watch.created();
			}
		});
		startWithTwoRanges();
		this.etcd.refuseTransactions(Status.INTERNAL);
		this.etcd.putTogether("1", "/a/1", "/b/1");
		within(3).until(() -> !this.mirror.status().synced());
		assertThat(this.mirror.report().entries()).isZero();
		this.etcd.refuseTransactions(Status.OK);
		awaitState(Map.of("/a/1", "1", "/b/1", "1"));
		assertThat(this.changes.keys()).containsExactly(Set.of(), Set.of("/a/1", "/b/1"));
	}

	@Test
	void watchesARangeWithinAnotherOnce(CapturedOutput output) {
		this.mirror = new Mirror(this.connection.get(),
				List.of(KeyRange.prefix("/a/b/"), KeyRange.prefix("/a/"), KeyRange.prefix("/a/")), "test",
				this.changes);
		start();
		this.etcd.put("/a/b/1", "1");
		awaitState(Map.of("/a/b/1", "1"));
		assertThat(this.etcd.startRevisions()).hasSize(1);
		assertThat(output).contains(WATCHING + " /a/ from");
	}

	@Test
	void resumesFromAnEarlierSnapshot() throws Exception {
		this.etcd.put("/a", "1");
		this.etcd.put("/b", "1");
		Snapshot known = read();
		this.etcd.put("/b", "2");
		this.etcd.put("/c", "1");
		this.mirror.start(known);
		assertThat(this.mirror.awaitListed(Duration.ZERO)).isTrue();
		within(3).until(() -> this.mirror.revision() == 5);
		awaitState(Map.of("/a", "1", "/b", "2", "/c", "1"));
		assertThat(this.changes.keys()).allSatisfy((keys) -> assertThat(keys).doesNotContain("/a"));
		assertThat(this.etcd.startRevisions()).containsExactly(4L);
		assertThat(this.mirror.lists()).isZero();
	}

	@Test
	void deliversNothingIfNothingChangedSinceTheSnapshot() throws Exception {
		this.etcd.put("/a", "1");
		Snapshot known = read();
		this.mirror.start(known);
		within(3).until(() -> this.mirror.status().synced());
		assertThat(this.mirror.revision()).isEqualTo(known.revision());
		assertThat(this.changes.keys()).isEmpty();
		this.etcd.put("/b", "1");
		awaitState(Map.of("/a", "1", "/b", "1"));
		assertThat(this.changes.keys()).containsExactly(Set.of("/b"));
	}

	@Test
	void keepsAnEarlierSnapshotWhileEtcdIsUnreachable() throws Exception {
		this.etcd.put("/a", "1");
		Snapshot known = read();
		this.etcd.close();
		this.mirror.start(known);
		within(3).until(() -> this.mirror.status().problem() != null);
		assertThat(this.mirror.revision()).isEqualTo(known.revision());
		assertThat(this.mirror.lists()).isZero();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2, 7 })
	void resyncsIfTheSnapshotIsOfAnotherStore(int puts) throws Exception {
		this.etcd.put("/a", "1");
		this.etcd.put("/b", "1");
		Snapshot known = read();
		this.etcd.wipe();
		Map<String, String> expected = new TreeMap<>();
		for (int i = 0; i < puts; i++) {
			this.etcd.put("/b" + i, "" + i);
			expected.put("/b" + i, "" + i);
		}
		this.mirror.start(known);
		within(5).until(() -> this.mirror.lists() == 1 && this.mirror.status().synced());
		awaitState(expected);
		Set<String> different = new TreeSet<>(expected.keySet());
		different.addAll(Set.of("/a", "/b"));
		assertThat(this.changes.keys()).containsExactly(different);
	}

	@Test
	void listsIfTheSnapshotIsEmpty() throws Exception {
		this.etcd.put("/a", "1");
		this.mirror.start(Snapshot.NONE);
		assertThat(this.mirror.awaitListed(Duration.ofSeconds(3))).isTrue();
		assertThat(this.changes.keys()).containsExactly(Set.of("/a"));
	}

	private void startWithTwoRanges() {
		this.mirror = new Mirror(this.connection.get(), List.of(KeyRange.prefix("/a/"), KeyRange.prefix("/b/")), "test",
				this.changes);
		start();
	}

	private void onBothWatches(Consumer<WatchCall> script) {
		this.etcd.onWatch(script).onWatch(script);
	}

	private Snapshot read() throws Exception {
		return new RangeReader(this.connection.get(), List.of(KeyRange.prefix("/"))).list();
	}

	private void start() {
		this.mirror.start();
		within(10).until(() -> this.mirror.status().synced());
	}

	private void start(WatchIntervals intervals) {
		this.mirror = mirror(intervals, KeyRange.prefix("/"));
		start();
	}

	private Mirror mirror(WatchIntervals intervals, KeyRange... ranges) {
		return new Mirror(this.connection.get(), new RangeReader(this.connection.get(), List.of(ranges)), "test",
				this.changes, intervals, true);
	}

	private Mirror mirror(MirrorListener listener, KeyRange... ranges) {
		return new Mirror(this.connection.get(), new RangeReader(this.connection.get(), List.of(ranges)), "test",
				listener, SHORT_INTERVALS, true);
	}

	private void awaitState(Map<String, String> expected) {
		within(4).untilAsserted(() -> assertThat(this.changes.last()).isEqualTo(new TreeMap<>(expected)));
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		while (true) {
			try {
				latch.await();
				return;
			}
			catch (InterruptedException ex) {
				// keep waiting
			}
		}
	}

	private static List<Thread> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("etcd-mirror"))
			.toList();
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

	/**
	 * Records the forbidden ranges of each call.
	 */
	private static final class ForbiddenRanges implements MirrorListener {

		private final MirrorListener delegate;

		private final List<List<String>> received = new CopyOnWriteArrayList<>();

		private ForbiddenRanges(MirrorListener delegate) {
			this.delegate = delegate;
		}

		@Override
		public void changed(Snapshot snapshot, Set<ByteSequence> changed) throws InterruptedException {
			this.delegate.changed(snapshot, changed);
		}

		@Override
		public void forbidden(List<KeyRange> ranges) {
			this.received.add(ranges.stream().map(KeyRange::toString).toList());
		}

	}

}
