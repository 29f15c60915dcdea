package io.github.etcdspring.benchmarks.load;

import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.registry.EtcdServiceInstance;
import org.jspecify.annotations.Nullable;

/**
 * Adds, removes and changes instances of many services at a constant rate. A probe, the
 * instance of a special service, carries a sequence number.
 */
final class CatalogWriter implements AutoCloseable {

	private static final int MAX_IN_FLIGHT = 200;

	/** Changes between two probes. */
	private static final int PROBE_EVERY = 25;

	private final Client client;

	private final int services;

	private final int instances;

	private final PutOption option;

	private final Semaphore room = new Semaphore(MAX_IN_FLIGHT);

	private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

	private final Random random = new Random(1);

	private final boolean[][] present;

	/** Send and acknowledgement times by probe. */
	private final Map<Long, Sent> probes = new ConcurrentHashMap<>();

	private long version;

	private int generation;

	private long probe;

	CatalogWriter(String endpoint, int services, int instances) throws Exception {
		this.client = Instances.client(endpoint);
		this.services = services;
		this.instances = instances;
		this.present = new boolean[services][instances];
		long lease = this.client.getLeaseClient().grant(3600).get(10, TimeUnit.SECONDS).getID();
		this.option = PutOption.builder().withLeaseId(lease).build();
	}

	void fill() throws InterruptedException {
		for (int service = 0; service < this.services; service++) {
			for (int number = 0; number < this.instances; number++) {
				put(Instances.instance(Instances.service(service), number, this.version++));
				this.present[service][number] = true;
			}
		}
		sendProbe();
		settle();
	}

	/**
	 * Change instances at a rate.
	 * @param perSecond changes per second
	 * @param seconds duration; at most three times as long if etcd does not keep up
	 * @return number and duration of the changes
	 */
	Changes change(int perSecond, int seconds) throws InterruptedException {
		long count = (long) perSecond * seconds;
		long start = System.nanoTime();
		long limit = start + 3 * TimeUnit.SECONDS.toNanos(seconds);
		long i = 0;
		for (; i < count && System.nanoTime() - limit < 0; i++) {
			long due = start + i * 1_000_000_000L / perSecond;
			while (System.nanoTime() - due < 0) {
				LockSupport.parkNanos(due - System.nanoTime());
			}
			if (i % PROBE_EVERY == 0) {
				sendProbe();
			}
			else {
				changeAny();
			}
		}
		double took = (System.nanoTime() - start) / 1e9;
		settle();
		return new Changes(i, took);
	}

	/**
	 * Replace every instance by a new one, as a graceful shutdown and a start do: each is
	 * marked, removed, and registered under another key.
	 * @param perSecond writes per second
	 */
	void replaceAll(int perSecond) throws InterruptedException {
		long start = System.nanoTime();
		long writes = 0;
		this.generation++;
		for (int number = 0; number < this.instances; number++) {
			for (int service = 0; service < this.services; service++) {
				EtcdServiceInstance old = instance(service, number, this.generation - 1);
				put(old.withStatus("OUT_OF_SERVICE"));
				send(this.client.getKVClient().delete(Instances.key(old)));
				put(instance(service, number, this.generation));
				writes += 3;
				long due = start + writes * 1_000_000_000L / perSecond;
				while (System.nanoTime() - due < 0) {
					LockSupport.parkNanos(due - System.nanoTime());
				}
			}
		}
		settle();
	}

	private EtcdServiceInstance instance(int service, int number, int generation) {
		return Instances.instance(Instances.service(service), number + generation * this.instances, this.version++);
	}

	/**
	 * Remove or change an existing instance, one in four is removed, or add a missing
	 * one.
	 */
	private void changeAny() throws InterruptedException {
		int service = this.random.nextInt(this.services);
		int number = this.random.nextInt(this.instances);
		EtcdServiceInstance instance = Instances.instance(Instances.service(service), number, this.version++);
		if (this.present[service][number] && this.random.nextInt(4) == 0) {
			this.present[service][number] = false;
			send(this.client.getKVClient().delete(Instances.key(instance)));
		}
		else {
			this.present[service][number] = true;
			put(instance);
		}
	}

	private void sendProbe() throws InterruptedException {
		long number = this.probe++;
		// the time starts when the request can be sent
		this.room.acquire();
		this.room.release();
		long before = System.nanoTime();
		put(Instances.instance(Instances.PROBE, 0, number))
			.thenRun(() -> this.probes.put(number, new Sent(before, System.nanoTime())));
	}

	private CompletableFuture<?> put(EtcdServiceInstance instance) throws InterruptedException {
		return send(this.client.getKVClient().put(Instances.key(instance), Instances.value(instance), this.option));
	}

	private CompletableFuture<?> send(CompletableFuture<?> request) throws InterruptedException {
		this.room.acquire();
		return request.whenComplete((answer, ex) -> {
			if (ex != null) {
				this.failure.set(ex);
			}
			this.room.release();
		});
	}

	/** Wait until etcd has acknowledged all changes. */
	private void settle() throws InterruptedException {
		if (!this.room.tryAcquire(MAX_IN_FLIGHT, 1, TimeUnit.MINUTES)) {
			throw new IllegalStateException("etcd has not acknowledged all changes within 1 minute");
		}
		this.room.release(MAX_IN_FLIGHT);
		Throwable failed = this.failure.get();
		if (failed != null) {
			throw new IllegalStateException("A write to etcd failed", failed);
		}
	}

	/**
	 * Return the number of the next probe.
	 */
	long probe() {
		return this.probe;
	}

	Sent sent(long probe) {
		return this.probes.getOrDefault(probe, Sent.NEVER);
	}

	@Override
	public void close() {
		this.client.close();
	}

	/**
	 * Number and duration of changes.
	 *
	 * @param count number of changes
	 * @param seconds duration
	 */
	record Changes(long count, double seconds) {

	}

	/**
	 * Monotonic times of a probe.
	 *
	 * @param at time at which it was sent
	 * @param acknowledged time at which etcd acknowledged it
	 */
	record Sent(long at, long acknowledged) {

		static final Sent NEVER = new Sent(0, 0);

	}

}
