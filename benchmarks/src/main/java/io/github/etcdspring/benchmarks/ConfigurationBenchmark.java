package io.github.etcdspring.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.github.etcdspring.refresh.EtcdConfigurationAppliedEvent;
import io.github.etcdspring.refresh.LiveProperties;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ResolvableType;

/**
 * Measures the time from a put until the application has the value: in its environment,
 * in a bean with setters, in a live holder, and in a refresh-scoped bean. The floor is
 * the callback of a raw jetcd watch; a second reference adds the read of all contexts
 * that makes a transaction across contexts atomic. The samples are interleaved. Runs in a
 * small application, in one with many beans, and with a value in a large document.
 */
final class ConfigurationBenchmark {

	private static final int WARM_UP = 100;

	private static final int SAMPLES = 500;

	private static final int BURST = 1000;

	private static final int STARTS = 5;

	private static final int DOCUMENT_SAMPLES = 20;

	private static final int TYPES = 200;

	private static final int FIELDS = 2000;

	private static final int PROPERTIES = 20_000;

	private static final String PREFIX = "/config/configured/";

	private static final Entry KEY = new Entry(PREFIX + "sample/value", UnaryOperator.identity(), "");

	private static final GetOption PREFIXED = GetOption.builder().isPrefix(true).build();

	void run(String endpoint) throws Exception {
		try (Client client = Client.builder().endpoints(endpoint).build()) {
			KV kv = client.getKVClient();
			KEY.put(kv, "0").join();
			try (ConfigurableApplicationContext application = application(endpoint)) {
				latency("put of a key", SAMPLES, client, application, KEY);
				burst(kv, application);
			}
			Class<?> large = GeneratedTypes.compile(TYPES, FIELDS);
			try (ConfigurableApplicationContext application = application(endpoint, large)) {
				latency("put of a key, with " + TYPES + " @ConfigurationProperties types and " + FIELDS
						+ " @Value fields", SAMPLES, client, application, KEY);
			}
			document(client, endpoint);
			starts(kv, endpoint);
		}
	}

	private static void document(Client client, String endpoint) {
		KV kv = client.getKVClient();
		Entry document = new Entry(PREFIX + "large.yaml", (value) -> "sample:\n  value: " + value + "\n",
				GeneratedTypes.document(PROPERTIES));
		kv.delete(bytes(KEY.key())).join();
		document.put(kv, "0").join();
		try (ConfigurableApplicationContext application = application(endpoint)) {
			latency("put of a document of " + PROPERTIES + " properties, of which one changes", DOCUMENT_SAMPLES,
					client, application, document);
		}
		kv.delete(bytes(document.key())).join();
		KEY.put(kv, "0").join();
	}

	@SuppressWarnings("try") // the watches only have to be open
	private static void latency(String title, int count, Client client, ConfigurableApplicationContext application,
			Entry entry) {
		KV kv = client.getKVClient();
		Entry rawEntry = new Entry("/raw-config/value", entry.head(), entry.rest());
		AtomicReference<ByteSequence> seen = new AtomicReference<>(ByteSequence.EMPTY);
		Entry readEntry = new Entry("/raw-read/a/value", entry.head(), entry.rest());
		AtomicReference<ByteSequence> read = new AtomicReference<>(ByteSequence.EMPTY);
		Op[] contexts = Stream.of("a", "b", "c", "d")
			.map((context) -> Op.get(bytes("/raw-read/" + context), PREFIXED))
			.toArray(Op[]::new);
		RefreshScoped scoped = application.getBean(RefreshScoped.class);
		Mutable mutable = application.getBean(Mutable.class);
		@SuppressWarnings("unchecked")
		LiveProperties<SampleProperties> live = (LiveProperties<SampleProperties>) application
			.getBeanProvider(ResolvableType.forClassWithGenerics(LiveProperties.class, SampleProperties.class))
			.getObject();
		Samples raw = new Samples(count);
		Samples rawRead = new Samples(count);
		Samples environment = new Samples(count);
		Samples bean = new Samples(count);
		Samples setter = new Samples(count);
		Samples holder = new Samples(count);
		try (Watch.Watcher watch = watch(client, "/raw-config/", seen::set);
				Watch.Watcher reading = watch(client, "/raw-read/",
						(value) -> kv.txn().Then(contexts).commit().thenRun(() -> read.set(value)))) {
			int warmUp = Math.min(WARM_UP, count);
			for (int i = 0; i < warmUp + count; i++) {
				boolean counts = i >= warmUp;
				String number = "-" + i + "-";
				sample(raw, counts, kv, rawEntry, "raw" + number, (value) -> rawEntry.isIn(seen.get(), value));
				sample(rawRead, counts, kv, readEntry, "read" + number, (value) -> readEntry.isIn(read.get(), value));
				sample(environment, counts, kv, entry, "environment" + number,
						(value) -> value.equals(application.getEnvironment().getProperty("sample.value")));
				sample(bean, counts, kv, entry, "bean" + number, (value) -> value.equals(scoped.value()));
				sample(setter, counts, kv, entry, "setter" + number, (value) -> value.equals(mutable.getValue()));
				sample(holder, counts, kv, entry, "holder" + number, (value) -> value.equals(live.get().value()));
			}
		}
		System.out.println("| " + title + " | median | p99 | max | ratio |");
		System.out.println("|---|---|---|---|---|");
		System.out.println(raw.row("until a raw jetcd watch calls back (floor)", raw));
		System.out.println(rawRead.row("until all contexts have been read in one transaction as well", raw));
		System.out.println(environment.row("until the `Environment` has the value", raw));
		System.out.println(setter.row("until a bean with setters has the value", raw));
		System.out.println(holder.row("until the `LiveProperties` holder of a record has the value", raw));
		System.out.println(bean.row("until a refresh-scoped bean has the value", raw));
		System.out.printf(Locale.ROOT, "| goal: twice the floor plus 2 ms | %.2f ms | | | |%n%n",
				2 * raw.medianMillis() + 2);
	}

	private static Watch.Watcher watch(Client client, String prefix, Consumer<ByteSequence> action) {
		return client.getWatchClient()
			.watch(bytes(prefix), WatchOption.builder().isPrefix(true).build(), (response) -> response.getEvents()
				.forEach((event) -> action.accept(event.getKeyValue().getValue())));
	}

	private static void sample(Samples samples, boolean counts, KV kv, Entry entry, String value,
			Predicate<String> seen) {
		long started = System.nanoTime();
		CompletableFuture<?> put = entry.put(kv, value);
		await(() -> seen.test(value));
		if (counts) {
			samples.add(System.nanoTime() - started);
		}
		put.join();
	}

	private static void burst(KV kv, ConfigurableApplicationContext application) {
		AtomicInteger applied = new AtomicInteger();
		application.addApplicationListener(
				(ApplicationListener<EtcdConfigurationAppliedEvent>) (event) -> applied.incrementAndGet());
		long started = System.nanoTime();
		List<CompletableFuture<?>> puts = new ArrayList<>();
		for (int i = 1; i <= BURST; i++) {
			puts.add(kv.put(bytes(PREFIX + "burst/key" + i), bytes("value")));
		}
		puts.forEach(CompletableFuture::join);
		long written = System.nanoTime();
		put(kv, PREFIX + "burst/last", "last");
		await(() -> "last".equals(application.getEnvironment().getProperty("burst.last")));
		System.out.printf(Locale.ROOT,
				"%nBurst of %d puts: written in %.0f ms; last value applied %.1f ms later, %d refreshes%n%n", BURST,
				(written - started) / 1e6, (System.nanoTime() - written) / 1e6, applied.get());
		kv.delete(bytes(PREFIX + "burst/"), DeleteOption.builder().isPrefix(true).build()).join();
	}

	private static void starts(KV kv, String endpoint) {
		System.out.println("| start with an import of | median | added to a start without import |");
		System.out.println("|---|---|---|");
		double floor = start(endpoint, "");
		for (int keys : new int[] { 10, 1000, 10_000 }) {
			fill(kv, keys);
			double median = start(endpoint, "etcd:");
			System.out.printf(Locale.ROOT, "| %d keys | %.0f ms | %.0f ms |%n", keys, median, median - floor);
		}
	}

	private static double start(String endpoint, String imports) {
		double[] millis = new double[STARTS];
		for (int i = 0; i < STARTS; i++) {
			long started = System.nanoTime();
			application(endpoint, imports, List.of(Configured.class)).close();
			millis[i] = (System.nanoTime() - started) / 1e6;
		}
		Arrays.sort(millis);
		return millis[STARTS / 2];
	}

	private static void fill(KV kv, int keys) {
		kv.delete(bytes(PREFIX), DeleteOption.builder().isPrefix(true).build()).join();
		KEY.put(kv, "0").join();
		int size = 100;
		for (int i = 1; i < keys; i += size) {
			Op[] puts = new Op[Math.min(size, keys - i)];
			for (int j = 0; j < puts.length; j++) {
				puts[j] = Op.put(bytes(PREFIX + "many/key" + (i + j)), bytes("value " + j), PutOption.DEFAULT);
			}
			kv.txn().Then(puts).commit().join();
		}
	}

	private static ConfigurableApplicationContext application(String endpoint, Class<?>... more) {
		List<Class<?>> sources = new ArrayList<>(List.of(more));
		sources.add(Configured.class);
		return application(endpoint, "etcd:", sources);
	}

	private static ConfigurableApplicationContext application(String endpoint, String imports, List<Class<?>> sources) {
		return Application.run(sources, endpoint, "configured", "--spring.config.import=" + imports,
				"--spring.main.web-application-type=none", "--spring.cloud.etcd.discovery.enabled=false");
	}

	private static void await(BooleanSupplier seen) {
		long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
		while (!seen.getAsBoolean()) {
			if (System.nanoTime() > limit) {
				throw new IllegalStateException("The value was not applied within 30 s");
			}
			LockSupport.parkNanos(50_000);
		}
	}

	private static void put(KV kv, String key, String value) {
		kv.put(bytes(key), bytes(value)).join();
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	/**
	 * A key and its value, of which a part changes.
	 *
	 * @param key the key
	 * @param head start of the value, containing the changing part
	 * @param rest constant rest of the value
	 */
	private record Entry(String key, UnaryOperator<String> head, String rest) {

		CompletableFuture<?> put(KV kv, String value) {
			return kv.put(bytes(this.key), bytes(this.head.apply(value) + this.rest));
		}

		boolean isIn(@Nullable ByteSequence entry, String value) {
			return entry != null && entry.startsWith(bytes(this.head.apply(value)));
		}

	}

	/**
	 * Immutable properties, bound again with each change.
	 *
	 * @param value the changing value
	 */
	@ConfigurationProperties("sample")
	record SampleProperties(String value) {

	}

	/**
	 * Mutable properties, updated in place by each change.
	 */
	@ConfigurationProperties("sample")
	static class Mutable {

		private volatile String value = "";

		String getValue() {
			return this.value;
		}

		void setValue(String value) {
			this.value = value;
		}

	}

	/**
	 * A refresh-scoped bean, created again after each change.
	 */
	// proxied by a subclass
	static class RefreshScoped {

		private final String value;

		RefreshScoped(String value) {
			this.value = value;
		}

		String value() {
			return this.value;
		}

	}

	/**
	 * An application with beans that follow the configuration.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties({ SampleProperties.class, Mutable.class })
	static class Configured {

		@Bean
		@RefreshScope
		RefreshScoped refreshScoped(@Value("${sample.value:}") String value) {
			return new RefreshScoped(value);
		}

	}

}
