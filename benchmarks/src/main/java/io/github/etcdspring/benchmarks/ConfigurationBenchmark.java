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
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.github.etcdspring.refresh.EtcdConfigurationAppliedEvent;
import io.github.etcdspring.refresh.LiveProperties;

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
 * From a put until the application has the value: in its environment, in a refresh-scoped
 * bean, in a live holder. Floor: a put until a raw jetcd watch calls back; beside it,
 * until a read that the watch has led to is answered, without which a transaction that
 * spans contexts would be seen by half. The samples take turns.
 */
final class ConfigurationBenchmark {

	private static final int WARM_UP = 100;

	private static final int SAMPLES = 500;

	private static final int BURST = 1000;

	private static final int STARTS = 5;

	private static final String PREFIX = "/config/configured/";

	void run(String endpoint) throws Exception {
		try (Client client = Client.builder().endpoints(endpoint).build()) {
			KV kv = client.getKVClient();
			put(kv, PREFIX + "sample/value", "0");
			try (ConfigurableApplicationContext application = run(endpoint, "etcd:")) {
				latency(client, application);
				burst(kv, application);
			}
			starts(kv, endpoint);
		}
	}

	private static void latency(Client client, ConfigurableApplicationContext application) {
		KV kv = client.getKVClient();
		AtomicReference<String> seen = new AtomicReference<>("");
		client.getWatchClient()
			.watch(bytes("/raw-config/"), WatchOption.builder().isPrefix(true).build(),
					(response) -> response.getEvents()
						.forEach((event) -> seen.set(event.getKeyValue().getValue().toString(StandardCharsets.UTF_8))));
		AtomicReference<String> read = new AtomicReference<>("");
		Op[] contexts = Stream.of("a", "b", "c", "d")
			.map((context) -> Op.get(bytes("/raw-read/" + context), GetOption.builder().isPrefix(true).build()))
			.toArray(Op[]::new);
		client.getWatchClient().watch(bytes("/raw-read/"), WatchOption.builder().isPrefix(true).build(), (response) -> {
			String value = response.getEvents().get(0).getKeyValue().getValue().toString(StandardCharsets.UTF_8);
			kv.txn().Then(contexts).commit().thenRun(() -> read.set(value));
		});
		RefreshScoped scoped = application.getBean(RefreshScoped.class);
		@SuppressWarnings("unchecked")
		LiveProperties<SampleProperties> live = (LiveProperties<SampleProperties>) application
			.getBeanProvider(ResolvableType.forClassWithGenerics(LiveProperties.class, SampleProperties.class))
			.getObject();
		Samples raw = new Samples(SAMPLES);
		Samples rawRead = new Samples(SAMPLES);
		Samples environment = new Samples(SAMPLES);
		Samples bean = new Samples(SAMPLES);
		Samples holder = new Samples(SAMPLES);
		for (int i = 0; i < WARM_UP + SAMPLES; i++) {
			boolean counts = i >= WARM_UP;
			sample(raw, counts, kv, "/raw-config/value", "raw" + i, seen::get);
			sample(rawRead, counts, kv, "/raw-read/a/value", "read" + i, read::get);
			sample(environment, counts, kv, PREFIX + "sample/value", "environment" + i,
					() -> String.valueOf(application.getEnvironment().getProperty("sample.value")));
			sample(bean, counts, kv, PREFIX + "sample/value", "bean" + i, scoped::value);
			sample(holder, counts, kv, PREFIX + "sample/value", "holder" + i, () -> live.get().value());
		}
		System.out.println("| put | median | p99 | max | ratio |");
		System.out.println("|---|---|---|---|---|");
		System.out.println(raw.row("until a raw jetcd watch calls back (floor)", raw));
		System.out.println(rawRead.row("until it does and all contexts were read in one transaction", raw));
		System.out.println(environment.row("until the Environment says so", raw));
		System.out.println(bean.row("until a refresh-scoped bean says so", raw));
		System.out.println(holder.row("until a live holder of a record says so", raw));
	}

	private static void sample(Samples samples, boolean counts, KV kv, String key, String value,
			Supplier<String> current) {
		long started = System.nanoTime();
		CompletableFuture<?> put = kv.put(bytes(key), bytes(value));
		await(current, value);
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
		await(() -> String.valueOf(application.getEnvironment().getProperty("burst.last")), "last");
		System.out.printf(Locale.ROOT,
				"%nA burst of %d puts took %.0f ms to write; final state %.1f ms after the last, %d refreshes%n%n",
				BURST, (written - started) / 1e6, (System.nanoTime() - written) / 1e6, applied.get());
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
			run(endpoint, imports).close();
			millis[i] = (System.nanoTime() - started) / 1e6;
		}
		Arrays.sort(millis);
		return millis[STARTS / 2];
	}

	private static void fill(KV kv, int keys) {
		kv.delete(bytes(PREFIX), DeleteOption.builder().isPrefix(true).build()).join();
		put(kv, PREFIX + "sample/value", "0");
		int size = 100;
		for (int i = 1; i < keys; i += size) {
			Op[] puts = new Op[Math.min(size, keys - i)];
			for (int j = 0; j < puts.length; j++) {
				puts[j] = Op.put(bytes(PREFIX + "many/key" + (i + j)), bytes("value " + j), PutOption.DEFAULT);
			}
			kv.txn().Then(puts).commit().join();
		}
	}

	private static ConfigurableApplicationContext run(String endpoint, String imports) {
		return Application.run(Configured.class, endpoint, "configured", "--spring.config.import=" + imports,
				"--spring.main.web-application-type=none", "--spring.cloud.etcd.discovery.enabled=false");
	}

	private static void await(Supplier<String> current, String value) {
		long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
		while (!value.equals(current.get())) {
			if (System.nanoTime() > limit) {
				throw new IllegalStateException("Nothing seen within 30 s");
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
	 * What is bound again with each change.
	 *
	 * @param value the value that changes
	 */
	@ConfigurationProperties("sample")
	record SampleProperties(String value) {

	}

	/**
	 * What is created again after each change.
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
	 * An application with followers.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(SampleProperties.class)
	static class Configured {

		@Bean
		@RefreshScope
		RefreshScoped refreshScoped(@Value("${sample.value:}") String value) {
			return new RefreshScoped(value);
		}

	}

}
