package io.github.etcdspring.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.lock.LockResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link DeadlineInterceptor}.
 */
class DeadlineInterceptorIntegrationTests {

	private static final ByteSequence KEY = ByteSequence.from("key", StandardCharsets.UTF_8);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void endsEachCallWhileEtcdIsFrozen() {
		try (TestConnection connection = TestConnection.to(etcd.endpoint(), "request-timeout=1s")) {
			Client client = connection.client();
			connection.put("key", "1");
			long lease = connection.grantLease(Duration.ofMinutes(1));
			etcd.freeze();
			try {
				List<CompletableFuture<?>> answers = List.of(client.getKVClient().get(KEY),
						client.getKVClient().put(KEY, KEY), client.getKVClient().delete(KEY),
						client.getKVClient().txn().Then(Op.get(KEY, GetOption.DEFAULT)).commit(),
						client.getLeaseClient().grant(10), client.getLeaseClient().revoke(lease),
						client.getLeaseClient().timeToLive(lease, LeaseOption.DEFAULT),
						client.getAuthClient().userList(), client.getClusterClient().listMember());
				for (CompletableFuture<?> answer : answers) {
					Throwable failure = answer.handle((result, ex) -> ex).orTimeout(3, TimeUnit.SECONDS).join();
					assertThat(EtcdRequestException.of(failure).reason()).isEqualTo(Reason.TIMEOUT);
				}
			}
			finally {
				etcd.thaw();
			}
		}
	}

	@Test
	void appliesTheDeadlineOfTheCallerToStreams() {
		try (TestConnection connection = TestConnection.to(etcd.endpoint())) {
			long lease = connection.grantLease(Duration.ofMinutes(1));
			etcd.freeze();
			try {
				long before = System.nanoTime();
				AtomicReference<CompletableFuture<?>> call = new AtomicReference<>();
				EtcdRequestException failure = catchThrowableOfType(EtcdRequestException.class,
						() -> connection.get().call(() -> {
							CompletableFuture<?> answer = connection.client().getLeaseClient().keepAliveOnce(lease);
							call.set(answer);
							return answer.copy();
						}, Duration.ofSeconds(1)));
				assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
				assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
				await().atMost(Duration.ofSeconds(1)).until(call.get()::isDone);
			}
			finally {
				etcd.thaw();
			}
		}
	}

	@Test
	void doesNotSendTimedOutRequestsLater() {
		try (TestConnection connection = TestConnection.to(etcd.endpoint(), "request-timeout=1s")) {
			connection.find("key");
			etcd.kill();
			EtcdRequestException failure = catchThrowableOfType(EtcdRequestException.class,
					() -> connection.get()
						.call(() -> connection.client()
							.getKVClient()
							.put(ByteSequence.from("zombie", StandardCharsets.UTF_8), KEY)));
			assertThat(failure.reason()).as(failure::toString).isIn(Reason.TIMEOUT, Reason.UNAVAILABLE);
			etcd.restart();
			await().until(() -> isAnswering(connection));
			connection.put("later", "1");
			assertThat(connection.find("zombie")).isNull();
		}
	}

	@Test
	void doesNotLimitLocks() throws Exception {
		try (TestConnection connection = TestConnection.to(etcd.endpoint(), "request-timeout=1s")) {
			ByteSequence name = ByteSequence.from("lock", StandardCharsets.UTF_8);
			long first = connection.grantLease(Duration.ofMinutes(1));
			long second = connection.grantLease(Duration.ofMinutes(1));
			LockResponse held = connection.client().getLockClient().lock(name, first).get();
			CompletableFuture<LockResponse> waiting = connection.client().getLockClient().lock(name, second);
			await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(3)).until(() -> !waiting.isDone());
			connection.client().getLockClient().unlock(held.getKey()).get();
			assertThat(waiting).succeedsWithin(Duration.ofSeconds(1));
		}
	}

	private static boolean isAnswering(TestConnection connection) {
		try {
			connection.find("key");
			return true;
		}
		catch (RuntimeException ex) {
			return false;
		}
	}

}
