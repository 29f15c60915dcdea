package io.github.etcdspring.discovery;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.OptionsUtil;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Names of all services that have a key, without their instances. As etcd can neither
 * list nor watch parts of keys, the keys of all instances are read from time to time, as
 * long as somebody asks for the names. Reads on its own daemon thread, which ends when it
 * is idle. Thread-safe.
 */
final class ServiceNames implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(ServiceNames.class);

	private static final Duration REFRESH_INTERVAL = Duration.ofSeconds(30);

	/** Time without a question after which the names are no longer refreshed. */
	private static final Duration IDLE_TIME = Duration.ofMinutes(5);

	private static final int PAGE_SIZE = 10_000;

	private final EtcdConnection connection;

	private final InstanceKeys keys;

	private final CatalogEventPublisher events;

	private final ThreadPoolExecutor executor;

	private final AtomicBoolean reading = new AtomicBoolean();

	/** Completed after the first attempt, and replaced when the names have changed. */
	private volatile CompletableFuture<List<String>> names = new CompletableFuture<>();

	private volatile long askedAt;

	private volatile long readAt;

	private volatile boolean failing;

	ServiceNames(EtcdConnection connection, InstanceKeys keys, CatalogEventPublisher events) {
		this.connection = connection;
		this.keys = keys;
		this.events = events;
		CustomizableThreadFactory threads = new CustomizableThreadFactory("etcd-discovery-names-");
		threads.setDaemon(true);
		this.executor = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads,
				new ThreadPoolExecutor.DiscardPolicy());
		this.executor.allowCoreThreadTimeOut(true);
	}

	/**
	 * Return the names as they were read last. They are read at the first call, and if
	 * nobody has asked for a long time.
	 * @return completed with sorted names, which are empty if etcd has never answered
	 */
	CompletableFuture<List<String>> get() {
		this.askedAt = System.nanoTime();
		CompletableFuture<List<String>> last = this.names;
		if (!last.isDone() || since(this.readAt) > IDLE_TIME.toNanos()) {
			read();
		}
		return last;
	}

	/**
	 * Return whether the names that were read last contain a name.
	 * @param name the name of a service
	 * @return {@code false} if the service has no key, or no names have been read
	 */
	boolean contain(String name) {
		return Collections.binarySearch(this.names.getNow(List.of()), name) >= 0;
	}

	/**
	 * Read the names again if they are due, or if the last attempt failed.
	 */
	void refresh() {
		if (this.names.isDone() && since(this.askedAt) < IDLE_TIME.toNanos()
				&& (this.failing || since(this.readAt) > REFRESH_INTERVAL.toNanos())) {
			read();
		}
	}

	private static long since(long time) {
		return System.nanoTime() - time;
	}

	private void read() {
		if (this.reading.compareAndSet(false, true)) {
			this.executor.execute(() -> {
				try {
					publish(List.copyOf(list()));
				}
				catch (EtcdRequestException ex) {
					failed(ex);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
				finally {
					this.readAt = System.nanoTime();
					this.reading.set(false);
				}
			});
		}
	}

	private Set<String> list() throws EtcdRequestException, InterruptedException {
		Set<String> found = new TreeSet<>();
		ByteSequence prefix = ByteSequence.from(this.keys.prefix(), StandardCharsets.UTF_8);
		ByteSequence end = OptionsUtil.prefixEndOf(prefix);
		ByteSequence from = prefix;
		long revision = 0;
		while (true) {
			ByteSequence start = from;
			GetOption option = GetOption.builder()
				.withRange(end)
				.withKeysOnly(true)
				.withLimit(PAGE_SIZE)
				.withRevision(revision)
				.build();
			GetResponse response = this.connection
				.call(() -> this.connection.client().getKVClient().get(start, option));
			revision = (revision == 0) ? response.getHeader().getRevision() : revision;
			for (KeyValue entry : response.getKvs()) {
				InstanceKey name = this.keys.parse(entry.getKey());
				if (name != null) {
					found.add(name.serviceId());
				}
				from = ByteSequence.from(Arrays.copyOf(entry.getKey().getBytes(), entry.getKey().size() + 1));
			}
			if (!response.isMore()) {
				return found;
			}
		}
	}

	private void publish(List<String> found) {
		CompletableFuture<List<String>> last = this.names;
		this.failing = false;
		if (!last.complete(found) && !found.equals(last.getNow(List.of()))) {
			this.names = CompletableFuture.completedFuture(found);
			this.events.changed(0);
		}
	}

	private void failed(EtcdRequestException failure) {
		if (!this.failing) {
			this.failing = true;
			logger.warn("Failed to read the names of all services under " + this.keys.prefix()
					+ ". Those that were read last and those that are called stay listed: " + failure.getMessage());
		}
		this.names.complete(List.of());
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
		this.names.complete(List.of());
	}

}
