package io.github.etcdspring.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.Watch.Watcher;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchResponse;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.fixture.GrpcProxy;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class SharedWatchStreamIntegrationTests {

	@SharedEtcd
	private static EtcdServer shared;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private final Traffic traffic = new Traffic();

	@Test
	void severalWatchesUseOneStream() {
		TestConnection connection = connect(shared.endpoint());
		OpenWatch a = watch(connection, "/one/a/", 0);
		OpenWatch b = watch(connection, "/one/b/", 0);
		OpenWatch all = watch(connection, "/one/", 0);
		connection.put("/one/a/1", "1");
		connection.put("/one/b/1", "1");
		within(10).until(() -> all.keys().size() == 2);
		within(10).until(() -> a.keys().size() == 1 && b.keys().size() == 1);
		assertThat(all.keys()).containsExactly("/one/a/1", "/one/b/1");
		assertThat(a.keys()).containsExactly("/one/a/1");
		assertThat(b.keys()).containsExactly("/one/b/1");
		assertThat(this.traffic.streams).hasValue(1);
	}

	@Test
	void closingAWatchLeavesTheOthers() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd.endpoint());
		OpenWatch closed = watch(connection, "/a/", 0);
		OpenWatch open = watch(connection, "/", 0);
		within(10).until(() -> watchers(etcd) == 2);
		closed.close();
		within(10).until(() -> watchers(etcd) == 1);
		connection.put("/a/1", "1");
		within(10).until(() -> open.keys().equals(List.of("/a/1")));
		assertThat(closed.keys()).isEmpty();
		open.close();
		within(10).until(() -> watchers(etcd) == 0);
		OpenWatch next = watch(connection, "/", 0);
		connection.put("/a/2", "1");
		within(10).until(() -> next.keys().equals(List.of("/a/2")));
		assertThat(this.traffic.streams).hasValue(2);
	}

	@Test
	void theEndOfTheStreamEndsAllWatches() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd.endpoint());
		OpenWatch a = watch(connection, "/a/", 0);
		OpenWatch b = watch(connection, "/b/", 0);
		etcd.kill();
		within(10).until(() -> a.failure() == Reason.UNAVAILABLE && b.failure() == Reason.UNAVAILABLE);
	}

	@Test
	void aCompactedRevisionEndsOnlyItsWatch() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd.endpoint());
		connection.put("/a", "1");
		connection.put("/a", "2");
		connection.put("/a", "3");
		connection.compact();
		OpenWatch open = watch(connection, "/", 0);
		OpenWatch compacted = open(connection, "/", 2);
		within(10).until(() -> compacted.failure() == Reason.REVISION_GONE);
		assertThat(compacted.failures.get(0)).isInstanceOf(CompactedException.class);
		connection.put("/b", "1");
		within(10).until(() -> open.keys().equals(List.of("/b")));
		assertThat(open.failures).isEmpty();
		assertThat(this.traffic.streams).hasValue(1);
	}

	@Test
	void aDeniedPermissionEndsOnlyItsWatch() {
		EtcdServer etcd = this.opened.etcd();
		permit(etcd, "/a/");
		TestConnection root = this.opened.connection(List.of(etcd.endpoint()), "username=root", "password=secret");
		TestConnection alice = connect(etcd.endpoint(), "username=alice", "password=secret");
		OpenWatch permitted = watch(alice, "/a/", 0);
		for (int i = 1; i <= 3; i++) {
			OpenWatch denied = open(alice, "/b/", 0);
			within(10).until(() -> denied.failure() == Reason.PERMISSION_DENIED);
			// the liveness check uses a range that may be read
			permitted.watcher.requestProgress();
			root.put("/a/" + i, "1");
			int count = i;
			within(10).until(() -> permitted.keys().size() == count && permitted.progress.get() >= count);
		}
		assertThat(permitted.failures).isEmpty();
	}

	@Test
	void aWatchThatIsRefusedWithAnExpiredTokenOpensOnANewStream() {
		EtcdServer etcd = this.opened.add(EtcdServer.builder().arguments("--auth-token-ttl=1").start());
		permit(etcd, "/a/");
		TestConnection alice = connect(etcd.endpoint(), "username=alice", "password=secret");
		OpenWatch first = watch(alice, "/a/", 0);
		await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
		OpenWatch refused = open(alice, "/a/", 0);
		within(10).until(() -> refused.failure() == Reason.UNAUTHENTICATED);
		OpenWatch second = watch(alice, "/a/", 0);
		this.opened.connection(List.of(etcd.endpoint()), "username=root", "password=secret").put("/a/1", "1");
		within(10).until(() -> first.keys().size() == 1 && second.keys().size() == 1);
		assertThat(this.traffic.streams).hasValue(2);
	}

	/** etcd logs each request with a token that it no longer accepts. */
	@Test
	void aRefusedTokenIsNotCheckedAgain() throws IOException {
		EtcdServer etcd = this.opened.etcd();
		permit(etcd, "/a/");
		TestConnection root = this.opened.connection(List.of(etcd.endpoint()), "username=root", "password=secret");
		TestConnection alice = connect(etcd.endpoint(), "username=alice", "password=secret");
		OpenWatch watch = watch(alice, "/a/", 0);
		root.put("/a/1", "1");
		within(10).until(() -> watch.keys().size() == 1);
		etcd.changePassword("alice", "other");
		for (int i = 1; i <= 5; i++) {
			int count = i;
			within(10).until(() -> requestProgress(watch) >= count);
		}
		root.put("/a/2", "1");
		within(10).until(() -> watch.keys().size() == 2);
		assertThat(watch.failures).isEmpty();
		assertThat(Files.readString(etcd.log())).containsOnlyOnce("invalid auth token");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void theLivenessCheckNeedsNoFurtherPermission(boolean prefix) {
		EtcdServer etcd = this.opened.etcd();
		permit(etcd, "/a/", prefix);
		TestConnection alice = connect(etcd.endpoint(), "username=alice", "password=secret");
		OpenWatch first = open(alice, "/a/", 0, prefix);
		within(10).until(() -> first.created.get() == 1);
		first.watcher.requestProgress();
		within(10).until(() -> first.progress.get() == 1);
		OpenWatch second = open(alice, "/a/", 0, prefix);
		within(10).until(() -> second.created.get() == 1);
		assertThat(this.traffic.streams).hasValue(1);
	}

	/** A progress request is not answered by new versions before the next change. */
	@Test
	void anIdleWatchOfTheNextRevisionIsAnswered() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd.endpoint());
		connection.put("/a", "1");
		OpenWatch watch = watch(connection, "/", etcd.revision() + 1);
		watch.watcher.requestProgress();
		within(10).until(() -> watch.progress.get() == 1);
	}

	@Test
	void oneRequestIsTheSignOfLifeOfAllWatches() {
		TestConnection connection = connect(shared.endpoint());
		List<OpenWatch> watches = List.of(watch(connection, "/life/a", 0), watch(connection, "/life/b", 0),
				watch(connection, "/life/c", 0));
		int before = this.traffic.requests.get();
		List<Integer> progress = watches.stream().map((watch) -> watch.progress.get()).toList();
		watches.get(1).watcher.requestProgress();
		within(10).until(() -> {
			for (int i = 0; i < 3; i++) {
				if (watches.get(i).progress.get() != progress.get(i) + 1) {
					return false;
				}
			}
			return true;
		});
		assertThat(this.traffic.requests).hasValue(before + 1);
	}

	@Test
	void aPeerThatIsSilentForOneWatchEndsAll() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd.endpoint());
		OpenWatch a = watch(connection, "/a/", 0);
		OpenWatch b = watch(connection, "/b/", 0);
		etcd.freeze();
		try {
			a.watcher.requestProgress();
			await().pollDelay(Duration.ofMillis(1500)).until(() -> true);
			a.close();
			within(2).until(() -> b.failure() == Reason.UNAVAILABLE);
		}
		finally {
			etcd.thaw();
		}
	}

	@Test
	void joinsTheFragmentsOfACatchUp() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd.endpoint());
		String large = "x".repeat(1024 * 1024);
		for (int i = 0; i < 6; i++) {
			connection.put("/a/" + i, large);
		}
		OpenWatch watch = watch(connection, "/a/", 2);
		within(10).until(() -> watch.keys().size() == 6);
		assertThat(watch.responses).hasValue(1);
		assertThat(this.traffic.largest).hasValueLessThan(3 * 1024 * 1024);
		connection.put("/a/last", "1");
		within(10).until(() -> watch.keys().size() == 7);
	}

	@Test
	void aCatchUpThatIsTooLargeEndsOnlyItsWatch() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection connection = connect(etcd.endpoint(), "max-inbound-message-size=3MB");
		OpenWatch open = watch(connection, "/b/", 0);
		String large = "x".repeat(1024 * 1024);
		for (int i = 0; i < 6; i++) {
			connection.put("/a/" + i, large);
		}
		OpenWatch tooLarge = open(connection, "/a/", 2);
		within(10).until(() -> tooLarge.failure() == Reason.TOO_LARGE);
		connection.put("/b/1", "1");
		within(10).until(() -> open.keys().size() == 1);
		assertThat(open.failures).isEmpty();
		assertThat(this.traffic.streams).hasValue(1);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3 })
	void worksBehindAGrpcProxy(int watches) {
		EtcdServer etcd = this.opened.etcd();
		GrpcProxy proxy = this.opened.add(GrpcProxy.to(etcd));
		TestConnection connection = connect(proxy.endpoint());
		connection.put("/a/0", "1");
		List<OpenWatch> all = new ArrayList<>();
		for (int i = 0; i < watches; i++) {
			all.add(watch(connection, (i == 0) ? "/" : "/a/", etcd.revision() + 1));
		}
		all.forEach((watch) -> {
			int before = watch.progress.get();
			within(10).until(() -> requestProgress(watch) > before);
		});
		connection.put("/a/1", "1");
		within(10).until(() -> all.stream().allMatch((watch) -> watch.keys().equals(List.of("/a/1"))));
		all.get(0).close();
		OpenWatch last = watch(connection, "/a/", etcd.revision() + 1);
		connection.put("/a/2", "1");
		within(10).until(() -> last.keys().equals(List.of("/a/2")));
		assertThat(proxy.isRunning()).isTrue();
	}

	@Test
	void concurrentWatchesReceiveTheirOwnEvents() throws InterruptedException {
		TestConnection connection = connect(shared.endpoint());
		List<Throwable> failures = new CopyOnWriteArrayList<>();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			String prefix = "/concurrent/" + i + "/";
			Thread thread = new Thread(() -> {
				for (int round = 0; round < 20; round++) {
					OpenWatch watch = watch(connection, prefix, 0);
					String key = prefix + round;
					connection.put(key, "1");
					within(10).until(() -> !watch.keys().isEmpty());
					assertThat(watch.keys()).containsExactly(key);
					assertThat(watch.failures).isEmpty();
					watch.close();
				}
			});
			thread.setUncaughtExceptionHandler((failed, ex) -> failures.add(ex));
			threads.add(thread);
			thread.start();
		}
		for (Thread thread : threads) {
			thread.join(Duration.ofSeconds(60).toMillis());
			assertThat(thread.isAlive()).isFalse();
		}
		assertThat(failures).isEmpty();
	}

	@Test
	void watchesOfTheApplicationHaveStreamsOfTheirOwn() {
		TestConnection connection = connect(shared.endpoint());
		watch(connection, "/own/", 0);
		OpenWatch own = new OpenWatch();
		own.watcher = this.opened.add(connection.client()
			.getWatchClient()
			.watch(bytes("/own/"), WatchOption.builder().isPrefix(true).withCreateNotify(true).build(), own));
		within(10).until(() -> own.created.get() == 1);
		assertThat(this.traffic.streams).hasValue(2);
	}

	private TestConnection connect(String endpoint, String... properties) {
		return this.opened.add(TestConnection.to(endpoint, (builder) -> builder.interceptor(this.traffic), properties));
	}

	private OpenWatch watch(TestConnection connection, String prefix, long revision) {
		OpenWatch watch = open(connection, prefix, revision);
		within(10).until(() -> watch.created.get() == 1);
		return watch;
	}

	private OpenWatch open(TestConnection connection, String prefix, long revision) {
		return open(connection, prefix, revision, true);
	}

	private OpenWatch open(TestConnection connection, String key, long revision, boolean prefix) {
		WatchOption option = WatchOption.builder()
			.isPrefix(prefix)
			.withRevision(revision)
			.withCreateNotify(true)
			.withProgressNotify(true)
			.withRequireLeader(true)
			.build();
		OpenWatch watch = new OpenWatch();
		watch.watcher = connection.get()
			.openOnSharedStream(() -> connection.client().getWatchClient().watch(bytes(key), option, watch));
		return watch;
	}

	/** Repeated until it succeeds, as there is no request right after an answer. */
	private static int requestProgress(OpenWatch watch) {
		watch.watcher.requestProgress();
		return watch.progress.get();
	}

	private static void permit(EtcdServer etcd, String prefix) {
		permit(etcd, prefix, true);
	}

	private static void permit(EtcdServer etcd, String key, boolean prefix) {
		etcd.etcdctl("role", "add", "reader");
		etcd.etcdctl("role", "grant-permission", "reader", "--prefix=" + prefix, "read", key);
		etcd.etcdctl("user", "add", "alice:secret");
		etcd.etcdctl("user", "grant-role", "alice", "reader");
		etcd.enableAuthentication("secret");
	}

	private static int watchers(EtcdServer etcd) throws Exception {
		URI metrics = URI.create(etcd.endpoint() + "/metrics");
		try (InputStream answer = metrics.toURL().openStream()) {
			return new String(answer.readAllBytes(), StandardCharsets.UTF_8).lines()
				.filter((line) -> line.startsWith("etcd_debugging_mvcc_watcher_total "))
				.mapToInt((line) -> (int) Double.parseDouble(line.substring(line.indexOf(' '))))
				.sum();
		}
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

	/**
	 * A watch that closes itself after its first error, as mirrors do.
	 */
	private static final class OpenWatch implements Watch.Listener {

		private final AtomicInteger created = new AtomicInteger();

		private final AtomicInteger progress = new AtomicInteger();

		private final AtomicInteger responses = new AtomicInteger();

		private final List<String> keys = new CopyOnWriteArrayList<>();

		private final List<Throwable> failures = new CopyOnWriteArrayList<>();

		private volatile Watcher watcher;

		private volatile boolean closed;

		List<String> keys() {
			return this.keys;
		}

		Reason failure() {
			return (this.failures.isEmpty()) ? null : EtcdRequestException.of(this.failures.get(0)).reason();
		}

		void close() {
			this.closed = true;
			this.watcher.close();
		}

		@Override
		public void onNext(WatchResponse response) {
			if (response.isCreatedNotify()) {
				this.created.incrementAndGet();
			}
			else if (response.getEvents().isEmpty()) {
				this.progress.incrementAndGet();
			}
			else {
				this.responses.incrementAndGet();
				response.getEvents()
					.forEach((event) -> this.keys.add(event.getKeyValue().getKey().toString(StandardCharsets.UTF_8)));
			}
		}

		@Override
		public void onError(Throwable failure) {
			this.failures.add(failure);
			Watcher open = this.watcher;
			if (open != null) {
				open.close();
			}
		}

		@Override
		public void onCompleted() {
			if (!this.closed && this.failures.isEmpty()) {
				this.failures.add(EtcdRequestException.closed());
			}
		}

	}

	/**
	 * Counts the streams and requests that are really sent.
	 */
	private static final class Traffic implements ClientInterceptor {

		private final AtomicInteger streams = new AtomicInteger();

		private final AtomicInteger requests = new AtomicInteger();

		private final AtomicInteger largest = new AtomicInteger();

		@Override
		public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
			if (!String.valueOf(method.getBareMethodName()).equals("Watch")) {
				return next.newCall(method, options);
			}
			this.streams.incrementAndGet();
			return new SimpleForwardingClientCall<>(next.newCall(method, options)) {

				@Override
				public void start(Listener<A> listener, Metadata headers) {
					super.start(new SimpleForwardingClientCallListener<>(listener) {

						@Override
						public void onMessage(A message) {
							int size = ((io.etcd.jetcd.api.WatchResponse) message).getSerializedSize();
							Traffic.this.largest.accumulateAndGet(size, Math::max);
							super.onMessage(message);
						}

					}, headers);
				}

				@Override
				public void sendMessage(Q message) {
					Traffic.this.requests.incrementAndGet();
					super.sendMessage(message);
				}

			};
		}

	}

}
