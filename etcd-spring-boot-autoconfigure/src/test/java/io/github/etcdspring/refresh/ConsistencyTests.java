package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

import org.junit.jupiter.api.Test;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Threads that read continuously never observe inconsistent state during many changes.
 */
class ConsistencyTests {

	private static final int CHANGES = 1000;

	private static final int CHANGES_OF_OTHER_SOURCES = 100;

	private static final Map<String, String> INITIAL = Map.of("pair.left", "1", "pair.right", "1", "pair.inner.value",
			"1", "pair.items[0]", "1", "mutable.left", "1", "mutable.inner.value", "1", "mutable.items[0]", "1",
			"mutable.labels.a", "1");

	@Test
	void beanWithSettersNeverShowsADefault() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Mutable mutable = application.bean(Mutable.class);
			readDuringChanges(application, () -> {
				if (mutable.getLeft() == 0) {
					return "left";
				}
				if (mutable.getInner() == null || mutable.getInner().getValue() == 0) {
					return "inner";
				}
				if (mutable.getItems() == null || mutable.getItems().size() != 1) {
					return "items";
				}
				return (mutable.getLabels().get("a") == null) ? "labels" : null;
			});
			assertThat(mutable.getLeft()).isEqualTo(CHANGES);
			assertThat(mutable.getInner().getValue()).isEqualTo(CHANGES);
			assertThat(mutable.getItems()).containsExactly(CHANGES);
			assertThat(mutable.getLabels()).containsExactly(Map.entry("a", CHANGES));
		}
	}

	@Test
	void refreshScopedBeansNeverMixRevisions() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			ScopedPair bound = application.bean(ScopedPair.class);
			EnvironmentPair read = application.bean(EnvironmentPair.class);
			readDuringChanges(application, () -> {
				String inconsistency = bound.inconsistency();
				return (inconsistency != null) ? inconsistency : read.inconsistency();
			});
			assertThat(bound.getLeft()).isEqualTo(CHANGES);
			assertThat(read.left()).isEqualTo(CHANGES);
		}
	}

	@Test
	void liveHoldersNeverMixRevisions() throws Exception {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Holders holders = application.bean(Holders.class);
			readDuringChanges(application, () -> {
				Pair pair = holders.pair().get();
				if (pair.left() != pair.right() || pair.left() != pair.inner().value()
						|| pair.left() != pair.items().get(0)) {
					return pair.toString();
				}
				Mutable mutable = holders.mutable().get();
				return (mutable.getLeft() != mutable.getInner().getValue()
						|| mutable.getLeft() != mutable.getItems().get(0)) ? "mutable" : null;
			});
			assertThat(holders.pair().get().left()).isEqualTo(CHANGES);
		}
	}

	private static void readDuringChanges(LiveApplication application, Supplier<String> reader) throws Exception {
		AtomicBoolean running = new AtomicBoolean(true);
		AtomicLong reads = new AtomicLong();
		ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
		ExecutorService threads = Executors.newFixedThreadPool(3);
		List<Future<?>> futures = new ArrayList<>();
		try {
			for (int i = 0; i < 2; i++) {
				futures.add(threads.submit(() -> {
					while (running.get()) {
						String found = reader.get();
						if (found != null) {
							wrong.add(found);
						}
						reads.incrementAndGet();
						LockSupport.parkNanos(1000);
					}
				}));
			}
			Semaphore turns = new Semaphore(0);
			futures.add(threads.submit(() -> {
				for (int i = 0; i < CHANGES_OF_OTHER_SOURCES; i++) {
					turns.acquire();
					changeOtherSource(application, i);
				}
				return null;
			}));
			for (int i = 2; i <= CHANGES; i++) {
				assertThat(application.put(change(i))).isTrue();
				if (i % (CHANGES / CHANGES_OF_OTHER_SOURCES) == 0) {
					turns.release();
				}
			}
		}
		finally {
			running.set(false);
			threads.shutdown();
			assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		}
		for (Future<?> future : futures) {
			future.get();
		}
		assertThat(wrong).isEmpty();
		assertThat(reads).hasValueGreaterThan(CHANGES);
	}

	/** Two of three changes do not affect the beans, one of these adds a key. */
	private static Map<String, String> change(int i) {
		String value = String.valueOf(i);
		if (i % 3 != 0 && i != CHANGES) {
			return (i % 3 == 1) ? Map.of("noise.value", value) : Map.of("noise.n" + i, value);
		}
		return Map.of("pair.left", value, "pair.right", value, "pair.inner.value", value, "pair.items[0]", value,
				"mutable.left", value, "mutable.inner.value", value, "mutable.items[0]", value, "mutable.labels.a",
				value);
	}

	private static void changeOtherSource(LiveApplication application, int i) {
		if (i % 10 == 0) {
			application.bean(ContextRefresher.class).refresh();
		}
		else {
			application.context()
				.publishEvent(new EnvironmentChangeEvent(application.context(),
						Set.of("mutable.left", "pair.left", "unrelated")));
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties({ Mutable.class, Pair.class, ScopedPair.class })
	static class Application {

		@Bean
		Holders holders(LiveProperties<Pair> pair, LiveProperties<Mutable> mutable) {
			return new Holders(pair, mutable);
		}

		@Bean
		@RefreshScope
		EnvironmentPair askedPair(Environment environment) {
			return new EnvironmentPair(environment.getProperty("pair.left", Integer.class),
					environment.getProperty("pair.right", Integer.class));
		}

	}

	record Holders(LiveProperties<Pair> pair, LiveProperties<Mutable> mutable) {

	}

	@ConfigurationProperties("pair")
	record Pair(int left, int right, InnerRecord inner, List<Integer> items) {

	}

	record InnerRecord(int value) {

	}

	static class EnvironmentPair {

		private final int left;

		private final int right;

		EnvironmentPair(int left, int right) {
			this.left = left;
			this.right = right;
		}

		int left() {
			return this.left;
		}

		String inconsistency() {
			return (this.left != this.right) ? "read " + this.left + " and " + this.right : null;
		}

	}

	@RefreshScope
	@ConfigurationProperties("pair")
	static class ScopedPair {

		private int left;

		private int right;

		private Inner inner = new Inner();

		String inconsistency() {
			return (this.left != this.right || this.left != this.inner.getValue() || this.left == 0)
					? "bound " + this.left + " and " + this.right : null;
		}

		int getLeft() {
			return this.left;
		}

		void setLeft(int left) {
			this.left = left;
		}

		int getRight() {
			return this.right;
		}

		void setRight(int right) {
			this.right = right;
		}

		Inner getInner() {
			return this.inner;
		}

		void setInner(Inner inner) {
			this.inner = inner;
		}

	}

	static class Inner {

		private volatile int value;

		int getValue() {
			return this.value;
		}

		void setValue(int value) {
			this.value = value;
		}

	}

	@ConfigurationProperties("mutable")
	static class Mutable {

		private volatile int left;

		private volatile Inner inner;

		private volatile List<Integer> items = new ArrayList<>();

		private volatile Map<String, Integer> labels = Map.of();

		int getLeft() {
			return this.left;
		}

		void setLeft(int left) {
			this.left = left;
		}

		Inner getInner() {
			return this.inner;
		}

		void setInner(Inner inner) {
			this.inner = inner;
		}

		List<Integer> getItems() {
			return this.items;
		}

		void setItems(List<Integer> items) {
			this.items = items;
		}

		Map<String, Integer> getLabels() {
			return this.labels;
		}

		void setLabels(Map<String, Integer> labels) {
			this.labels = labels;
		}

	}

}
