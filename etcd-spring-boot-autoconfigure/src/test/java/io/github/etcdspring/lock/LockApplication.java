package io.github.etcdspring.lock;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.GetOption;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.lease.LeaseSession;

/**
 * The parts of an application that use locks in etcd.
 */
final class LockApplication implements AutoCloseable {

	/** The minimum, for tests that wait until it has passed. */
	static final Duration SHORT_TTL = Duration.ofSeconds(2);

	/** Longer than any pause of a slow machine. */
	private static final Duration TTL = Duration.ofSeconds(20);

	private final TestConnection connection;

	private final Queue<EtcdLockLostEvent> losses = new ConcurrentLinkedQueue<>();

	private final LeaseSession lease;

	private final LockSession session;

	private final EtcdLockRegistry registry;

	LockApplication(String endpoint, String... properties) {
		this(endpoint, TTL, properties);
	}

	LockApplication(String endpoint, Duration ttl, String... properties) {
		this.connection = TestConnection.to(endpoint, withTimeout(properties));
		this.lease = new LeaseSession(this.connection.get(), ttl);
		this.session = new LockSession(this.connection.get(), this.lease, "orders-1");
		this.registry = new EtcdLockRegistry(this.connection.get(), this.session, "/locks", (event) -> {
			if (event instanceof EtcdLockLostEvent loss) {
				this.losses.add(loss);
			}
		});
	}

	/** By default, the first requests of a slow machine do not time out. */
	private static String[] withTimeout(String... properties) {
		return Stream.concat(Stream.of("request-timeout=10s"), Stream.of(properties)).toArray(String[]::new);
	}

	EtcdLock lock(String name) {
		return this.registry.obtain(name);
	}

	EtcdLockRegistry registry() {
		return this.registry;
	}

	LockSession session() {
		return this.session;
	}

	LeaseSession lease() {
		return this.lease;
	}

	TestConnection connection() {
		return this.connection;
	}

	List<EtcdLockLostEvent> losses() {
		return List.copyOf(this.losses);
	}

	/** The keys of the queue of a lock. */
	List<KeyValue> queue(String name) {
		ByteSequence prefix = ByteSequence.from("/locks/" + name + "/", StandardCharsets.UTF_8);
		return this.connection.client()
			.getKVClient()
			.get(prefix, GetOption.builder().isPrefix(true).build())
			.orTimeout(10, TimeUnit.SECONDS)
			.join()
			.getKvs();
	}

	/** End without the release of locks and lease, as a crash does. */
	void crash() {
		this.lease.abandon();
	}

	@Override
	public void close() {
		this.session.destroy();
		this.lease.close();
		this.connection.close();
	}

}
