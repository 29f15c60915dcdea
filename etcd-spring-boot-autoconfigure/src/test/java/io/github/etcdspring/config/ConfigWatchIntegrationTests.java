package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.refresh.EtcdConfigurationAppliedEvent;
import io.github.etcdspring.refresh.LiveProperties;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.cloud.context.encrypt.EncryptorFactory;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link ConfigWatch}: what becomes of a change in etcd.
 */
@ExtendWith(OutputCaptureExtension.class)
class ConfigWatchIntegrationTests {

	private static final String IMPORTS = "etcd:,etcd:/other/";

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection connection;

	/** Promise C10, over two imported prefixes. */
	@Test
	void transactionOverTwoImportsIsNeverSeenByHalf() throws InterruptedException {
		number(0);
		try (ConfigurableApplicationContext context = run()) {
			Pair live = context.getBean(Followers.class).live();
			assertThat(live.first()).isEqualTo(live.second());
			Scoped scoped = context.getBean(Scoped.class);
			Followers followers = context.getBean(Followers.class);
			Queue<String> torn = new ConcurrentLinkedQueue<>();
			AtomicLong reads = new AtomicLong();
			List<Thread> readers = List.of(reader(followers::live, torn, reads), reader(scoped::pair, torn, reads));
			for (int i = 1; i <= 500; i++) {
				number(i);
			}
			within(10).until(() -> followers.live().first() == 500 && scoped.pair().first() == 500);
			for (Thread reader : readers) {
				reader.interrupt();
				reader.join();
			}
			assertThat(torn).isEmpty();
			assertThat(reads).hasPositiveValue();
		}
	}

	private static Thread reader(Supplier<Pair> pair, Queue<String> torn, AtomicLong reads) {
		Thread thread = new Thread(() -> {
			while (!Thread.currentThread().isInterrupted()) {
				Pair read = pair.get();
				reads.incrementAndGet();
				if (read.first() != read.second()) {
					torn.add(read.toString());
				}
			}
		});
		thread.start();
		return thread;
	}

	/** Promise C11. */
	@Test
	void changeDuringTheStartIsNotLost() {
		number(1);
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, IMPORTS,
				List.of(Followed.class, ChangeWhileStarting.class))) {
			within(5).until(() -> context.getBean(Followers.class).live().equals(new Pair(2, 2)));
			within(5).until(() -> context.getBean(Scoped.class).pair().equals(new Pair(2, 2)));
		}
	}

	@Test
	void burstEndsAtTheLastValueWithFewRefreshes() {
		number(0);
		try (ConfigurableApplicationContext context = run()) {
			Applied applied = context.getBean(Applied.class);
			for (int i = 1; i <= 1000; i++) {
				connection.put("/config/orders/pair/first", "" + i);
			}
			within(5).until(() -> "1000".equals(context.getEnvironment().getProperty("pair.first")));
			within(5).until(() -> context.getBean(Followers.class).live().first() == 1000);
			assertThat(applied.events).hasSizeLessThanOrEqualTo(1000);
			assertThat(applied.events).extracting(EtcdConfigurationAppliedEvent::getRevision).isSorted();
		}
	}

	/** Promise C12. */
	@Test
	void changeThatCannotBeUsedMovesNothingUntilItIsMended(CapturedOutput output) {
		number(1);
		try (ConfigurableApplicationContext context = run()) {
			connection.transaction(Map.of("/config/orders/pair/first", "s3cret", "/config/orders/other", "new"));
			within(5).until(() -> output.getOut().contains("/config/orders/pair/first"));
			connection.put("/other/pair/second", "7");
			await().during(Duration.ofSeconds(1)).until(() -> isUnmoved(context));
			assertThat(output).contains("revision " + connection.find("/config/orders/pair/first").getModRevision())
				.doesNotContain("s3cret");
			connection.put("/config/orders/pair/first", "7");
			within(5).until(() -> context.getBean(Followers.class).live().equals(new Pair(7, 7)));
			assertThat(context.getEnvironment().getProperty("other")).isEqualTo("new");
			connection.put("/config/orders/document.yaml", "a: [");
			within(5).until(() -> output.getOut().contains("/config/orders/document.yaml"));
			connection.delete("/config/orders/document.yaml");
			number(8);
			within(5).until(() -> context.getBean(Scoped.class).pair().equals(new Pair(8, 8)));
		}
	}

	private static boolean isUnmoved(ConfigurableApplicationContext context) {
		Environment environment = context.getEnvironment();
		return context.getBean(Followers.class).live().equals(new Pair(1, 1))
				&& context.getBean(Scoped.class).pair().equals(new Pair(1, 1))
				&& "1".equals(environment.getProperty("pair.first")) && !environment.containsProperty("other");
	}

	/** Promise C13. */
	@Test
	void deletingTheLastKeyTakesEffect() {
		connection.put("/config/orders/greeting", "hello");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, IMPORTS)) {
			assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
			connection.delete("/config/orders/greeting");
			within(5).until(() -> !context.getEnvironment().containsProperty("greeting"));
			connection.put("/config/orders/greeting", "again");
			within(5).until(() -> "again".equals(context.getEnvironment().getProperty("greeting")));
		}
	}

	/** Promise C14. */
	@Test
	void unrelatedKeyTouchesNothing() {
		number(1);
		try (ConfigurableApplicationContext context = run()) {
			Pair live = context.getBean(Followers.class).live();
			Object scoped = context.getBean(Scoped.class).self();
			connection.put("/config/orders/unrelated", "1");
			within(5).until(() -> context.getEnvironment().containsProperty("unrelated"));
			number(1);
			connection.put("/config/orders/unrelated", "2");
			within(5).until(() -> "2".equals(context.getEnvironment().getProperty("unrelated")));
			assertThat(context.getBean(Followers.class).live()).isSameAs(live);
			assertThat(context.getBean(Scoped.class).self()).isSameAs(scoped);
			assertThat(context.getBean(Applied.class).events).last()
				.extracting(EtcdConfigurationAppliedEvent::getKeys)
				.isEqualTo(Set.of("unrelated"));
		}
	}

	@Test
	void decryptsValuesThatChangeAndRejectsThoseThatItCannot(CapturedOutput output) {
		EncryptorFactory encryptors = new EncryptorFactory("deadbeef");
		connection.put("/config/orders/password", "{cipher}" + encryptors.create("open sesame").encrypt("first"));
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, IMPORTS,
				"encrypt.key=open sesame")) {
			Environment environment = context.getEnvironment();
			assertThat(environment.getProperty("password")).isEqualTo("first");
			connection.put("/config/orders/password", "{cipher}" + encryptors.create("open sesame").encrypt("second"));
			within(5).until(() -> "second".equals(environment.getProperty("password")));
			connection.put("/config/orders/password", "{cipher}" + encryptors.create("another key").encrypt("third"));
			within(5).until(() -> output.getOut().contains("rejected"));
			assertThat(environment.getProperty("password")).isEqualTo("second");
			connection.put("/config/orders/password", "plain");
			within(5).until(() -> "plain".equals(environment.getProperty("password")));
		}
	}

	@Test
	void waitsNoLongerThanTheJitter() {
		number(1);
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, IMPORTS, List.of(Followed.class),
				"spring.cloud.etcd.config.watch.jitter=2s")) {
			number(2);
			within(4).until(() -> context.getBean(Followers.class).live().equals(new Pair(2, 2)));
		}
	}

	/** Promise C11. */
	@Test
	void changesDuringAnOutageAreTakenUpAlsoAfterACompaction() {
		try (TcpProxy proxy = TcpProxy.to(etcd.port())) {
			number(1);
			try (ConfigurableApplicationContext context = ConfiguredApplication.run("http://127.0.0.1:" + proxy.port(),
					IMPORTS, List.of(Followed.class))) {
				proxy.refuse();
				proxy.cut();
				number(2);
				connection.put("/config/orders/gone", "1");
				connection.delete("/config/orders/gone");
				connection.compact();
				assertThat(context.getBean(Followers.class).live()).isEqualTo(new Pair(1, 1));
				proxy.accept();
				within(10).until(() -> context.getBean(Followers.class).live().equals(new Pair(2, 2)));
				number(3);
				within(5).until(() -> context.getBean(Scoped.class).pair().equals(new Pair(3, 3)));
			}
		}
	}

	@Test
	void followsNothingWhereRefreshIsSwitchedOff() {
		number(1);
		for (String off : new String[] { "spring.cloud.refresh.enabled=false",
				"spring.cloud.etcd.config.watch.enabled=false" }) {
			Set<Thread> before = Thread.getAllStackTraces().keySet();
			try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, IMPORTS, off)) {
				assertThat(context.getEnvironment().getProperty("pair.first")).isEqualTo("1");
				assertThat(followers(before)).isEmpty();
			}
		}
	}

	@Test
	void startAfterAStopContinuesAndNeverGoesBack(@TempDir Path directory) throws IOException {
		number(0);
		Path file = directory.resolve("snapshot");
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:", List.of(Applied.class),
				"spring.cloud.etcd.config.snapshot-file=" + file)) {
			Environment environment = context.getEnvironment();
			connection.put("/config/orders/pair/first", "1");
			within(5).until(() -> "1".equals(environment.getProperty("pair.first")));
			within(5).until(() -> Files.readString(file, StandardCharsets.ISO_8859_1).contains("pair/first"));
			context.stop();
			byte[] saved = Files.readAllBytes(file);
			context.start();
			assertThat(Files.readAllBytes(file)).isEqualTo(saved);
			context.stop();
			for (int i = 2; i <= 2500; i++) {
				connection.put("/config/orders/pair/first", "" + i);
			}
			List<Integer> seen = new ArrayList<>();
			context.addApplicationListener((ApplicationListener<EtcdConfigurationAppliedEvent>) (event) -> seen
				.add(environment.getProperty("pair.first", Integer.class)));
			context.start();
			within(10).until(() -> "2500".equals(environment.getProperty("pair.first")));
			assertThat(seen).isSorted().allMatch((value) -> value > 1);
			assertThat(context.getBean(Applied.class).events).extracting(EtcdConfigurationAppliedEvent::getRevision)
				.isSorted();
		}
	}

	@Test
	void changeIsAppliedThoughAnObservationHandlerFailed() {
		number(1);
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, IMPORTS,
				List.of(Followed.class, FailingObservation.class))) {
			number(2);
			within(5).until(() -> context.getBean(Followers.class).live().equals(new Pair(2, 2)));
			within(5).until(() -> context.getBean(ConfigWatch.class).status().synced());
		}
	}

	/** Promise E19. */
	@Test
	void closedContextFollowsNoMore() {
		number(1);
		Set<Thread> before = Thread.getAllStackTraces().keySet();
		ConfigurableApplicationContext context = run();
		assertThat(followers(before)).isNotEmpty();
		context.close();
		within(10).until(() -> followers(before).isEmpty());
	}

	private static List<String> followers(Set<Thread> before) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> !before.contains(thread))
			.map(Thread::getName)
			.filter((name) -> name.startsWith("etcd-"))
			.collect(Collectors.toList());
	}

	private static ConfigurableApplicationContext run() {
		return ConfiguredApplication.run(etcd, IMPORTS, List.of(Followed.class));
	}

	private static void number(int number) {
		Map<String, String> both = new LinkedHashMap<>();
		both.put("/config/orders/pair/first", "" + number);
		both.put("/other/pair/second", "" + number);
		connection.transaction(both);
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(10));
	}

	/**
	 * Two numbers that are always written together, under two prefixes.
	 *
	 * @param first one of them
	 * @param second the other one
	 */
	@ConfigurationProperties("pair")
	record Pair(int first, int second) {

	}

	/**
	 * Has the pair from the environment when it is created.
	 */
	static class Scoped {

		private final Pair pair;

		Scoped(Environment environment) {
			this.pair = new Pair(number(environment, "pair.first"), number(environment, "pair.second"));
		}

		private static int number(Environment environment, String name) {
			return Objects.requireNonNull(environment.getProperty(name, Integer.class));
		}

		Pair pair() {
			return this.pair;
		}

		Object self() {
			return this;
		}

	}

	/**
	 * Has the pair from a live holder.
	 */
	static final class Followers {

		private final LiveProperties<Pair> live;

		Followers(LiveProperties<Pair> live) {
			this.live = live;
		}

		Pair live() {
			return this.live.get();
		}

	}

	static final class Applied implements ApplicationListener<EtcdConfigurationAppliedEvent> {

		private final List<EtcdConfigurationAppliedEvent> events = new CopyOnWriteArrayList<>();

		@Override
		public void onApplicationEvent(EtcdConfigurationAppliedEvent event) {
			this.events.add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Pair.class)
	static class Followed {

		@Bean
		@RefreshScope
		Scoped scoped(Environment environment) {
			return new Scoped(environment);
		}

		@Bean
		Followers followers(LiveProperties<Pair> live) {
			return new Followers(live);
		}

		@Bean
		Applied applied() {
			return new Applied();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ChangeWhileStarting {

		@Bean
		InitializingBean change() {
			return () -> number(2);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FailingObservation {

		@Bean
		ObservationRegistry observations() {
			AtomicInteger starts = new AtomicInteger();
			ObservationRegistry registry = ObservationRegistry.create();
			registry.observationConfig().observationHandler(new ObservationHandler<>() {

				@Override
				public void onStart(Observation.Context observed) {
					if (observed.getName().equals("etcd.config.refresh") && starts.incrementAndGet() == 1) {
						throw new IllegalStateException("test");
					}
				}

				@Override
				public boolean supportsContext(Observation.Context observed) {
					return true;
				}

			});
			return registry;
		}

	}

}
