package io.github.etcdspring.refresh;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Concurrent calls of refresh-scoped beans during a refresh.
 */
@ExtendWith(OutputCaptureExtension.class)
class EtcdRefreshScopeConcurrencyTests {

	private static final String SERVICE = "scopedTarget.service";

	private static final int THREADS = 16;

	private static final Map<String, String> INITIAL = Map.of("name", "a", "other", "o");

	@Test
	void newCallsGetTheNewValueWhileOldCallsAreUnderWay() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL);
				Calls calls = new Calls()) {
			Service service = application.bean(Service.class);
			calls.start(THREADS, service);
			application.put("name", "b");
			assertThat(service.name()).isEqualTo("b");
			calls.start(THREADS, service);
			application.put("name", "c");
			assertThat(service.name()).isEqualTo("c");
			assertThat(application.bean(Log.class).destroyed()).isEmpty();
			assertThat(calls.end()).hasSize(2 * THREADS).containsOnly("a", "b");
		}
	}

	@Test
	void callsGetTheOldValueWhileTheNewInstanceIsBeingCreated() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Service service = application.bean(Service.class);
			Gate gate = application.bean(Log.class).closeGate();
			CompletableFuture<Boolean> change = CompletableFuture.supplyAsync(() -> application.put("name", "b"));
			gate.awaitArrival();
			assertThat(service.name()).isEqualTo("a");
			gate.open();
			assertThat(change.get(10, TimeUnit.SECONDS)).isTrue();
			assertThat(service.name()).isEqualTo("b");
		}
	}

	@Test
	void destroysTheOldInstanceAfterItsLastCallOnAnotherThread() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL);
				Calls calls = new Calls()) {
			Log log = application.bean(Log.class);
			calls.start(2, application.bean(Service.class));
			application.put("name", "b");
			calls.endOne();
			assertThat(log.destroyed()).isEmpty();
			calls.end();
			Awaitility.await().until(() -> log.destroyed().size() == 1);
			assertThat(log.destroyed().peek()).startsWith("a on etcd-refresh-retire-");
		}
	}

	@Test
	void destroysAnUnusedInstanceOnceAtAChange() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Log log = application.bean(Log.class);
			application.put("name", "b");
			Awaitility.await().until(() -> log.destroyed().size() == 1);
			application.put("name", "c");
			Awaitility.await().until(() -> log.destroyed().size() == 2);
			assertThat(log.destroyed()).allMatch((line) -> !line.startsWith("c"));
		}
	}

	@Test
	void failingDestroyMethodDoesNotPreventARefresh() {
		try (LiveApplication application = LiveApplication.start(Application.class,
				Map.of("name", "fails", "other", "o"))) {
			Log log = application.bean(Log.class);
			application.put("name", "b");
			application.put("name", "c");
			Awaitility.await().until(() -> log.destroyed().size() == 2);
			assertThat(application.bean(Service.class).name()).isEqualTo("c");
		}
	}

	@Test
	void keepsTheLastInstanceOfABeanThatCannotBeRecreated(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Log log = application.bean(Log.class);
			log.failing().set(true);
			application.bean(EtcdRefreshScope.class).refreshAll();
			assertThat(application.bean(Service.class).name()).isEqualTo("a");
			assertThat(log.destroyed()).noneMatch((line) -> line.startsWith("a "));
			assertThat(output).contains("Failed to recreate refresh-scoped bean 'service'").doesNotContain("s3cret");
			log.failing().set(false);
			application.put("name", "b");
			assertThat(application.bean(Service.class).name()).isEqualTo("b");
		}
	}

	@Test
	void dependentBeansAreCreatedFromOneRevision() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Client client = application.bean(Client.class);
			AtomicBoolean running = new AtomicBoolean(true);
			Queue<String> mixed = new ConcurrentLinkedQueue<>();
			Thread reader = new Thread(() -> {
				while (running.get()) {
					String pair = client.pair();
					if (!pair.substring(0, pair.indexOf(' ')).equals(pair.substring(pair.indexOf(' ') + 1))) {
						mixed.add(pair);
					}
				}
			});
			reader.start();
			for (int i = 0; i < 200; i++) {
				application.put("name", "n" + i);
				assertThat(client.pair()).isEqualTo("n" + i + " n" + i);
			}
			running.set(false);
			reader.join(10_000);
			assertThat(mixed).isEmpty();
		}
	}

	@Test
	void beanCreatedDuringAChangeIsCreatedAgain() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Log log = application.bean(Log.class);
			Gate gate = log.closeGate();
			CompletableFuture<String> read = CompletableFuture.supplyAsync(() -> application.bean(Slow.class).pair());
			gate.awaitArrival();
			application.put(Map.of("name", "b", "other", "p"));
			assertThat(application.property("name")).isEqualTo("b");
			gate.open();
			assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo("b p");
			Awaitility.await().until(() -> log.destroyed().stream().anyMatch((line) -> line.startsWith("a p")));
		}
	}

	@Test
	void beanCreatedDuringAnUnrelatedChangeIsCreatedOnce() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Gate gate = application.bean(Log.class).closeGate();
			CompletableFuture<Integer> read = CompletableFuture
				.supplyAsync(() -> application.bean(Slow.class).instance());
			gate.awaitArrival();
			int latest = application.bean(Log.class).instances().get();
			application.put("unrelated", "u");
			gate.open();
			assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(latest + 1);
		}
	}

	@Test
	void concurrentFirstCallsCreateOneInstance() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			ExecutorService threads = Executors.newFixedThreadPool(THREADS);
			try {
				CountDownLatch start = new CountDownLatch(1);
				List<Future<Integer>> instances = new ArrayList<>();
				for (int i = 0; i < THREADS; i++) {
					instances.add(threads.submit(() -> {
						start.await();
						return application.bean(Slow.class).instance();
					}));
				}
				start.countDown();
				int expected = instances.get(0).get(10, TimeUnit.SECONDS);
				for (Future<Integer> instance : instances) {
					assertThat(instance.get(10, TimeUnit.SECONDS)).isEqualTo(expected);
				}
			}
			finally {
				threads.shutdownNow();
			}
		}
	}

	@Test
	void beanThatHasNeverBeenUsedIsNotCreatedByARefresh() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			EtcdRefreshScope scope = application.bean(EtcdRefreshScope.class);
			assertThat(scope.refresh("slow")).isFalse();
			assertThat(application.bean(Slow.class).pair()).isEqualTo("a o");
			assertThat(scope.refresh("slow")).isTrue();
			assertThat(scope.refresh(Service.class)).isTrue();
		}
	}

	@Test
	void rehearsedInstancesAreVisibleToTheirThreadOnly() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Service service = application.bean(Service.class);
			Service candidate = new Service(new Log(), "candidate");
			String seen = application.bean(EtcdRefreshScope.class)
				.rehearse((name) -> (name.equals(SERVICE)) ? candidate : null,
						() -> service.name() + CompletableFuture.supplyAsync(service::name).join());
			assertThat(seen).isEqualTo("candidatea");
			assertThat(service.name()).isEqualTo("a");
		}
	}

	@Test
	void methodThatReturnsThisReturnsTheProxy() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Service service = application.bean(Service.class).self();
			application.put("name", "b");
			assertThat(service.name()).isEqualTo("b");
			assertThat(service).isEqualTo(application.bean(Service.class))
				.hasSameHashCodeAs(application.bean(Service.class))
				.isNotEqualTo(application.bean(Client.class));
			assertThatIOException().isThrownBy(service::fail);
		}
	}

	@Test
	void closeDestroysAllInstancesAndLeavesNoThread() {
		Log log;
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			log = application.bean(Log.class);
			application.put("name", "b");
		}
		assertThat(log.destroyed()).anyMatch((line) -> line.startsWith("a ")).anyMatch((line) -> line.startsWith("b "));
		Awaitility.await().until(() -> retirementThreads() == 0);
	}

	@Test
	void closeTimesOutIfACallDoesNotEnd(CapturedOutput output) throws Exception {
		try (Calls calls = new Calls()) {
			Log log;
			try (LiveApplication application = LiveApplication.start(ShortClose.class, INITIAL)) {
				log = application.bean(Log.class);
				calls.start(1, application.bean(Service.class));
			}
			assertThat(log.destroyed()).anyMatch((line) -> line.startsWith("a on etcd-refresh-retire-"));
			assertThat(output).contains("Destroying refresh-scoped beans with calls that have not ended");
			assertThat(calls.end()).containsExactly("a");
			assertThat(log.destroyed().stream().filter((line) -> line.startsWith("a on")).count()).isEqualTo(1);
			Awaitility.await().until(() -> retirementThreads() == 0);
		}
	}

	@Test
	void retirementThreadEndsWhenIdle() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("name", "b")).isTrue();
			Awaitility.await().until(() -> !application.bean(Log.class).destroyed().isEmpty());
			Awaitility.await().until(() -> retirementThreads() == 0);
		}
	}

	private static long retirementThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("etcd-refresh-retire"))
			.count();
	}

	/**
	 * Calls that block until they are released.
	 */
	private static final class Calls implements AutoCloseable {

		private final ExecutorService threads = Executors.newCachedThreadPool();

		private final List<CountDownLatch> latches = new ArrayList<>();

		private final List<Future<String>> results = new ArrayList<>();

		void start(int count, Service service) throws InterruptedException {
			CountDownLatch arrived = new CountDownLatch(count);
			for (int i = 0; i < count; i++) {
				CountDownLatch end = new CountDownLatch(1);
				this.latches.add(end);
				this.results.add(this.threads.submit(() -> service.call(arrived, end)));
			}
			assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
		}

		void endOne() throws Exception {
			this.latches.get(0).countDown();
			this.results.get(0).get(10, TimeUnit.SECONDS);
		}

		List<String> end() throws Exception {
			this.latches.forEach(CountDownLatch::countDown);
			List<String> values = new ArrayList<>();
			for (Future<String> result : this.results) {
				values.add(result.get(10, TimeUnit.SECONDS));
			}
			return values;
		}

		@Override
		public void close() {
			this.latches.forEach(CountDownLatch::countDown);
			this.threads.shutdown();
		}

	}

	/**
	 * Blocks the next creation.
	 */
	private static final class Gate {

		private final CountDownLatch arrived = new CountDownLatch(1);

		private final CountDownLatch opened = new CountDownLatch(1);

		void pass() {
			this.arrived.countDown();
			try {
				assertThat(this.opened.await(10, TimeUnit.SECONDS)).isTrue();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		void awaitArrival() throws InterruptedException {
			assertThat(this.arrived.await(10, TimeUnit.SECONDS)).isTrue();
		}

		void open() {
			this.opened.countDown();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Application {

		@Bean
		static Log log() {
			return new Log();
		}

		@Bean
		@RefreshScope
		Client client(Log log, Service service, @Value("${name}") String name) {
			return new Client(log, name + " " + service.name());
		}

		@Bean
		@RefreshScope
		Service service(Log log, @Value("${name}") String name) {
			log.passGate();
			if (log.failing().get()) {
				throw new IllegalStateException("s3cret");
			}
			return new Service(log, name);
		}

		@Bean
		@Lazy
		@RefreshScope
		Slow slow(Log log, Environment environment) {
			String name = environment.getProperty("name");
			log.passGate();
			return new Slow(log, name + " " + environment.getProperty("other"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ShortClose extends Application {

		@Bean
		static EtcdRefreshScope refreshScope(LiveConfiguration configuration) {
			return new EtcdRefreshScope(configuration, Duration.ofMillis(100));
		}

	}

	static class Log {

		private final AtomicInteger instances = new AtomicInteger();

		private final Queue<String> destroyed = new ConcurrentLinkedQueue<>();

		private final AtomicBoolean failing = new AtomicBoolean();

		private volatile Gate gate;

		AtomicInteger instances() {
			return this.instances;
		}

		Queue<String> destroyed() {
			return this.destroyed;
		}

		AtomicBoolean failing() {
			return this.failing;
		}

		Gate closeGate() {
			this.gate = new Gate();
			return this.gate;
		}

		void passGate() {
			Gate gate = this.gate;
			this.gate = null;
			if (gate != null) {
				gate.pass();
			}
		}

	}

	static class Counted implements DisposableBean {

		private final Log log;

		private final String name;

		private final int instance;

		Counted(Log log, String name) {
			this.log = log;
			this.name = name;
			this.instance = log.instances().incrementAndGet();
		}

		int instance() {
			return this.instance;
		}

		String pair() {
			return this.name;
		}

		@Override
		public void destroy() {
			// a rehearsed instance is destroyed by the thread that applies the change
			if (!Thread.currentThread().getName().equals("main")) {
				this.log.destroyed().add(this.name + " on " + Thread.currentThread().getName());
			}
			if (this.name.equals("fails")) {
				throw new IllegalStateException("s3cret");
			}
		}

	}

	static class Service extends Counted {

		Service(Log log, String name) {
			super(log, name);
		}

		String name() {
			return pair();
		}

		String call(CountDownLatch arrived, CountDownLatch end) throws InterruptedException {
			arrived.countDown();
			end.await();
			return pair();
		}

		Service self() {
			return this;
		}

		void fail() throws IOException {
			throw new IOException("s3cret");
		}

	}

	static class Client extends Counted {

		Client(Log log, String pair) {
			super(log, pair);
		}

		@Override
		public void destroy() {
			// only services are counted
		}

	}

	static class Slow extends Counted {

		Slow(Log log, String pair) {
			super(log, pair);
		}

	}

}
