package io.github.etcdspring.lock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.scheduling.annotation.Scheduled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link EtcdLock} of several applications. Tests that fail end
 * with their applications, so they need not release locks.
 */
@SuppressWarnings("LockNotBeforeTry")
class EtcdLockIntegrationTests {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	@SharedEtcd
	private static EtcdServer etcd;

	private static LockApplication one;

	private static LockApplication two;

	private static TestConnection store;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private String name;

	@BeforeAll
	static void startApplications() {
		one = new LockApplication(etcd.endpoint());
		two = new LockApplication(etcd.endpoint());
		store = one.connection();
	}

	@AfterAll
	static void closeApplications() {
		one.close();
		two.close();
	}

	@BeforeEach
	void chooseName(TestInfo test) {
		this.name = test.getTestMethod().orElseThrow().getName();
	}

	@AfterEach
	void endThreads() {
		this.threads.shutdownNow();
	}

	private EtcdLock lock(LockApplication application) {
		return application.lock(this.name);
	}

	private void awaitQueue(int size) {
		await().atMost(LIMIT).until(() -> one.queue(this.name).size() == size);
	}

	@Test
	void oneApplicationHoldsTheLock() {
		EtcdLock lock = lock(one);
		lock.lock();
		assertThat(lock.isHeld()).isTrue();
		assertThat(lock(two).tryLock()).isFalse();
		assertThat(lock(two).isHeld()).isFalse();
		lock.unlock();
		assertThat(lock.isHeld()).isFalse();
		assertThat(lock(two).tryLock()).isTrue();
		lock(two).unlock();
		assertThat(one.queue(this.name)).isEmpty();
	}

	@Test
	void keyNamesItsHolderAndIsBoundToTheLeaseOfTheApplication() {
		EtcdLock lock = lock(one);
		lock.lock();
		assertThat(one.queue(this.name)).singleElement().satisfies((key) -> {
			assertThat(key.getValue()).hasToString("orders-1");
			assertThat(key.getLease()).isEqualTo(one.lease().status().lease());
			assertThat(lock.token()).isEqualTo(new FencingToken(key.getKey().toString(), key.getCreateRevision()));
		});
		lock.unlock();
	}

	@Test
	void waitersAcquireTheLockInTheOrderOfTheirRequests() {
		LockApplication three = this.opened.add(new LockApplication(etcd.endpoint()));
		List<LockApplication> order = Collections.synchronizedList(new ArrayList<>());
		lock(one).lock();
		List<Future<?>> waiting = new ArrayList<>();
		for (LockApplication application : List.of(three, two)) {
			int before = one.queue(this.name).size();
			waiting.add(this.threads.submit(() -> {
				lock(application).lock();
				order.add(application);
				lock(application).unlock();
			}));
			awaitQueue(before + 1);
		}
		lock(one).unlock();
		assertThat(waiting).allSatisfy((waiter) -> assertThat(waiter).succeedsWithin(LIMIT));
		assertThat(order).containsExactly(three, two);
	}

	@Test
	void waitersBehindOneThatGivesUpKeepWaiting() throws Exception {
		LockApplication three = this.opened.add(new LockApplication(etcd.endpoint()));
		lock(one).lock();
		Future<?> impatient = this.threads.submit(() -> {
			lock(two).lockInterruptibly();
			return null;
		});
		awaitQueue(2);
		Future<Boolean> patient = this.threads.submit(() -> {
			lock(three).lock();
			boolean held = one.lock(this.name).isHeld();
			lock(three).unlock();
			return held;
		});
		awaitQueue(3);
		impatient.cancel(true);
		awaitQueue(2);
		assertThat(patient).isNotDone();
		lock(one).unlock();
		assertThat(patient).succeedsWithin(LIMIT).isEqualTo(false);
	}

	@Test
	void tryLockEndsAtItsDeadlineAndLeavesNoKey() throws InterruptedException {
		lock(one).lock();
		assertThat(lock(two).tryLock(300, TimeUnit.MILLISECONDS)).isFalse();
		awaitQueue(1);
		assertThat(two.registry().size()).isZero();
		lock(one).unlock();
		assertThat(lock(two).tryLock(30, TimeUnit.SECONDS)).isTrue();
		lock(two).unlock();
	}

	@Test
	void lockInterruptiblyEndsWhenTheThreadIsInterrupted() throws Exception {
		lock(one).lock();
		CompletableFuture<Throwable> thrown = new CompletableFuture<>();
		Thread waiting = new Thread(() -> {
			try {
				lock(two).lockInterruptibly();
			}
			catch (InterruptedException ex) {
				thrown.complete(ex);
			}
		});
		waiting.start();
		awaitQueue(2);
		waiting.interrupt();
		assertThat(thrown).succeedsWithin(LIMIT).isInstanceOf(InterruptedException.class);
		awaitQueue(1);
		lock(one).unlock();
	}

	@Test
	void lockOutlastsInterruptsAndKeepsTheFlag() throws Exception {
		lock(one).lock();
		CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
		Thread waiting = new Thread(() -> {
			lock(two).lock();
			boolean flag = Thread.currentThread().isInterrupted();
			lock(two).unlock();
			interrupted.complete(flag && Thread.currentThread().isInterrupted());
		});
		waiting.start();
		awaitQueue(2);
		waiting.interrupt();
		lock(one).unlock();
		assertThat(interrupted).succeedsWithin(LIMIT).isEqualTo(true);
		awaitQueue(0);
	}

	@Test
	void lockIsReentrant() throws InterruptedException {
		lock(one).lock();
		FencingToken token = lock(one).token();
		lock(one).lockInterruptibly();
		assertThat(lock(one).tryLock()).isTrue();
		assertThat(lock(one).tryLock(1, TimeUnit.SECONDS)).isTrue();
		assertThat(lock(one).token()).isEqualTo(token);
		for (int i = 0; i < 3; i++) {
			lock(one).unlock();
		}
		assertThat(lock(one).isHeld()).isTrue();
		assertThat(lock(two).tryLock()).isFalse();
		lock(one).unlock();
		assertThat(one.registry().size()).isZero();
	}

	@Test
	void threadsOfOneApplicationExcludeEachOther() {
		lock(one).lock();
		assertThat(this.threads.submit(() -> lock(one).tryLock())).succeedsWithin(LIMIT).isEqualTo(false);
		assertThat(one.queue(this.name)).hasSize(1);
		lock(one).unlock();
	}

	@Test
	void onlyTheHoldingThreadCanUnlock() {
		assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(() -> lock(one).unlock());
		lock(one).lock();
		assertThat(this.threads.submit(() -> lock(one).unlock())).failsWithin(LIMIT)
			.withThrowableThat()
			.withCauseInstanceOf(IllegalMonitorStateException.class)
			.withMessageContaining("'onlyTheHoldingThreadCanUnlock' is not held by thread");
		assertThat(this.threads.submit(() -> lock(one).token())).failsWithin(LIMIT)
			.withThrowableThat()
			.withCauseInstanceOf(IllegalMonitorStateException.class);
		assertThat(lock(one).isHeld()).isTrue();
		lock(one).unlock();
	}

	@Test
	void namesWithSlashesAreDifferentLocks() {
		lock(one).lock();
		EtcdLock within = two.lock(this.name + "/within");
		assertThat(within.tryLock()).isTrue();
		assertThat(two.lock(this.name + "%2Fwithin").tryLock()).isTrue();
		assertThat(one.queue(this.name)).hasSize(1);
		within.unlock();
		two.lock(this.name + "%2Fwithin").unlock();
		lock(one).unlock();
	}

	@Test
	void mutualExclusionHoldsUnderContentionAndTokensGrow() {
		List<Long> tokens = Collections.synchronizedList(new ArrayList<>());
		List<Future<?>> workers = new ArrayList<>();
		for (LockApplication application : List.of(one, two, one, two)) {
			workers.add(this.threads.submit(() -> {
				for (int i = 0; i < 10; i++) {
					EtcdLock lock = lock(application);
					lock.lock();
					tokens.add(lock.token().revision());
					lock.unlock();
				}
			}));
		}
		assertThat(workers).allSatisfy((worker) -> assertThat(worker).succeedsWithin(LIMIT));
		assertThat(tokens).hasSize(40).isSorted().doesNotHaveDuplicates();
		assertThat(one.queue(this.name)).isEmpty();
	}

	@Test
	void lockIsLostAtOnceWhenItsKeyIsDeleted() {
		EtcdLock lock = lock(one);
		lock.lock();
		CompletableFuture<FencingToken> next = acquireIn(two);
		awaitQueue(2);
		store.delete(lock.token().key());
		await().atMost(LIMIT).until(() -> !lock.isHeld());
		assertThat(next).succeedsWithin(LIMIT);
		assertThatExceptionOfType(ConcurrentModificationException.class).isThrownBy(lock::token);
		assertThatExceptionOfType(ConcurrentModificationException.class).isThrownBy(lock::lock);
		assertThat(lock.tryLock()).isFalse();
		assertThatExceptionOfType(ConcurrentModificationException.class).isThrownBy(lock::unlock)
			.withMessageContaining("was lost while it was held: its key /locks/" + this.name)
			.withMessageContaining("was deleted");
		assertThat(one.registry().size()).isZero();
		await().atMost(LIMIT).untilAsserted(() -> assertThat(one.losses()).anySatisfy((loss) -> {
			assertThat(loss.getName()).isEqualTo(this.name);
			assertThat(loss.getReason()).contains("was deleted");
		}));
	}

	/** Acquire and release in another thread. */
	private CompletableFuture<FencingToken> acquireIn(LockApplication application) {
		return CompletableFuture.supplyAsync(() -> {
			lock(application).lock();
			FencingToken token = lock(application).token();
			lock(application).unlock();
			return token;
		}, this.threads);
	}

	@Test
	void lockIsLostWhenTheLeaseIsRevokedAndCanBeAcquiredUnderTheNextOne() {
		LockApplication three = this.opened.add(new LockApplication(etcd.endpoint()));
		EtcdLock lock = lock(three);
		lock.lock();
		long lease = three.lease().status().lease();
		store.revokeLease(lease);
		await().atMost(LIMIT).until(() -> !lock.isHeld());
		assertThatExceptionOfType(ConcurrentModificationException.class).isThrownBy(lock::unlock);
		lock.lock();
		assertThat(lock.isHeld()).isTrue();
		assertThat(three.lease().status().lease()).isNotEqualTo(lease);
		lock.unlock();
	}

	@Test
	void waiterKeepsWaitingWhenItsLeaseIsLost() {
		LockApplication three = this.opened.add(new LockApplication(etcd.endpoint()));
		lock(one).lock();
		CompletableFuture<FencingToken> waiting = acquireIn(three);
		awaitQueue(2);
		store.revokeLease(three.lease().status().lease());
		await().atMost(LIMIT).until(() -> three.lease().status().losses() == 1);
		awaitQueue(2);
		assertThat(waiting).isNotDone();
		lock(one).unlock();
		assertThat(waiting).succeedsWithin(LIMIT);
	}

	@Test
	void lockOfACrashedApplicationIsFreeAfterItsTtl() {
		LockApplication three = this.opened.add(new LockApplication(etcd.endpoint(), LockApplication.SHORT_TTL));
		lock(three).lock();
		three.crash();
		assertThat(lock(three).isHeld()).isFalse();
		assertThat(acquireIn(one)).succeedsWithin(LIMIT);
	}

	@Test
	void holderThatIsCutOffLosesTheLockBeforeAnotherOneAcquiresIt() {
		TcpProxy proxy = this.opened.add(TcpProxy.to(etcd.port()));
		LockApplication three = this.opened
			.add(new LockApplication("http://127.0.0.1:" + proxy.port(), LockApplication.SHORT_TTL));
		EtcdLock lock = lock(three);
		lock.lock();
		proxy.blackhole(true);
		CompletableFuture<Boolean> held = CompletableFuture.supplyAsync(() -> {
			lock(one).lock();
			boolean stillHeld = lock.isHeld();
			lock(one).unlock();
			return stillHeld;
		}, this.threads);
		assertThat(held).succeedsWithin(LIMIT).isEqualTo(false);
		await().atMost(LIMIT).until(() -> !three.losses().isEmpty());
		proxy.blackhole(false);
		proxy.cut();
		assertThatExceptionOfType(ConcurrentModificationException.class).isThrownBy(lock::unlock)
			.withMessageContaining("was lost while it was held: its lease was");
	}

	@Test
	void writesGuardedByTheTokenFailAfterTheLoss() {
		Client client = store.client();
		EtcdLock lock = lock(one);
		lock.lock();
		FencingToken token = lock.token();
		ByteSequence key = bytes("/written/" + this.name);
		assertThat(writeIfHeld(client, token, key, bytes("1"))).isTrue();
		lock.unlock();
		assertThat(writeIfHeld(client, token, key, bytes("2"))).isFalse();
		lock.lock();
		assertThat(writeIfHeld(client, token, key, bytes("3"))).isFalse();
		lock.unlock();
		assertThat(store.find("/written/" + this.name).getValue()).hasToString("1");
	}

	boolean writeIfHeld(Client client, FencingToken token, ByteSequence key, ByteSequence value) {
		return client.getKVClient()
			.txn()
			.If(token.guard())
			.Then(Op.put(key, value, PutOption.DEFAULT))
			.commit()
			.join()
			.isSucceeded();
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	@Test
	void lockIsSharedWithEtcdctl() {
		CompletableFuture<String> etcdctl;
		lock(one).lock();
		try {
			etcdctl = CompletableFuture.supplyAsync(() -> etcd.etcdctl("lock", "/locks/" + this.name, "echo", "held"),
					this.threads);
			awaitQueue(2);
			assertThat(etcdctl).isNotDone();
		}
		finally {
			lock(one).unlock();
		}
		assertThat(etcdctl).succeedsWithin(LIMIT).isEqualTo("held\n");
	}

	@Test
	void lockIsNotAcquiredWhileEtcdctlHoldsIt(@TempDir Path directory) throws IOException {
		Path end = directory.resolve("end");
		Path script = Files.writeString(directory.resolve("wait.sh"), "until [ -e " + end + " ]; do sleep 0.1; done");
		CompletableFuture<String> etcdctl = CompletableFuture
			.supplyAsync(() -> etcd.etcdctl("lock", "/locks/" + this.name, "sh", script.toString()), this.threads);
		awaitQueue(1);
		assertThat(lock(one).tryLock()).isFalse();
		Files.createFile(end);
		assertThat(acquireIn(two)).succeedsWithin(LIMIT);
		assertThat(etcdctl).succeedsWithin(LIMIT);
	}

	@Test
	void lockWaitsUntilEtcdIsBack() throws InterruptedException {
		EtcdServer other = this.opened.etcd();
		LockApplication three = this.opened.add(new LockApplication(other.endpoint(), "request-timeout=2s"));
		other.kill();
		assertThatExceptionOfType(CannotAcquireLockException.class).isThrownBy(() -> lock(three).tryLock())
			.withMessageContaining("Failed to acquire lock 'lockWaitsUntilEtcdIsBack' in etcd: ");
		assertThat(lock(three).tryLock(100, TimeUnit.MILLISECONDS)).isFalse();
		CompletableFuture<FencingToken> waiting = acquireIn(three);
		assertThat(three.registry().size()).isLessThanOrEqualTo(1);
		other.restart();
		assertThat(waiting).succeedsWithin(LIMIT);
		assertThat(three.registry().size()).isZero();
	}

	@Test
	void lockThatOutlastedItsTtlInAnOutageStaysLostAndIsFreeAfterIt() {
		EtcdServer other = this.opened.etcd();
		LockApplication three = this.opened.add(new LockApplication(other.endpoint(), LockApplication.SHORT_TTL));
		lock(three).lock();
		other.kill();
		await().atMost(LIMIT).until(() -> !lock(three).isHeld());
		other.restart();
		await().atMost(LIMIT).until(() -> three.queue(this.name).isEmpty());
		assertThat(lock(three).isHeld()).isFalse();
		assertThatExceptionOfType(ConcurrentModificationException.class).isThrownBy(() -> lock(three).unlock());
	}

	@Test
	void deniedPermissionIsReported() {
		EtcdServer secured = this.opened.etcd();
		secured.enableAuthentication("root");
		secured.etcdctl("user", "add", "orders:orders");
		LockApplication three = this.opened
			.add(new LockApplication(secured.endpoint(), "username=orders", "password=orders"));
		assertThatExceptionOfType(CannotAcquireLockException.class).isThrownBy(() -> lock(three).lock())
			.withMessageContaining("permission denied");
		assertThat(three.registry().size()).isZero();
	}

	@Test
	void stopReleasesLocksBeforeTheLeaseAndEndsWaiting() {
		LockApplication three = this.opened.add(new LockApplication(etcd.endpoint()));
		LockApplication four = this.opened.add(new LockApplication(etcd.endpoint()));
		lock(three).lock();
		CompletableFuture<FencingToken> waiting = acquireIn(four);
		awaitQueue(2);
		four.session().stop();
		assertThat(waiting).failsWithin(LIMIT)
			.withThrowableThat()
			.withCauseInstanceOf(IllegalStateException.class)
			.withMessageContaining("the application context is stopped");
		three.session().stop();
		awaitQueue(0);
		assertThat(three.lease().status().lease()).isNotZero();
		assertThat(lock(three).isHeld()).isFalse();
		assertThatIllegalStateException().isThrownBy(() -> three.lock("other").lock());
		three.session().start();
		assertThat(three.lock("other").tryLock()).isTrue();
		three.lock("other").unlock();
	}

	@Test
	void examplesOfTheDocumentationWork() throws InterruptedException, TimeoutException {
		Examples examples = new Examples(one.registry(), store.client());
		examples.rebuild();
		examples.nightlyImport();
		assertThat(store.find("/report").getValue()).hasToString("3");
		assertThat(examples.rebuilt).isTrue();
	}

	/**
	 * Examples of the documentation.
	 */
	static class Examples {

		private final EtcdLockRegistry locks;

		private final Client client;

		private boolean rebuilt;

		Examples(EtcdLockRegistry locks, Client client) {
			this.locks = locks;
			this.client = client;
		}

		void rebuild() throws InterruptedException, TimeoutException {
			this.locks.executeLocked("search-index", Duration.ofSeconds(30), () -> rebuildIndex());
		}

		private void rebuildIndex() {
			this.rebuilt = true;
		}

		@Scheduled(cron = "0 0 3 * * *")
		void nightlyImport() {
			EtcdLock lock = this.locks.obtain("nightly-import");
			if (lock.tryLock()) {
				try {
					write(lock.token(), importOrders());
				}
				finally {
					lock.unlock();
				}
			}
		}

		private int importOrders() {
			return 3;
		}

		private void write(FencingToken token, int orders) {
			Op put = Op.put(bytes("/report"), bytes(Integer.toString(orders)), PutOption.DEFAULT);
			TxnResponse response = this.client.getKVClient().txn().If(token.guard()).Then(put).commit().join();
			if (!response.isSucceeded()) {
				throw new IllegalStateException("The lock was lost, nothing was written");
			}
		}

	}

}
