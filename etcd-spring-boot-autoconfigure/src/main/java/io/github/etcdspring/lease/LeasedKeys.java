package io.github.etcdspring.lease;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorReport;
import org.jspecify.annotations.Nullable;

/**
 * Reconciles the keys bound to a lease, and watches each of them from its first put on.
 * Confined to the thread of the lease, except for {@link #watches()}, {@link #close()}
 * and the addition of keys, which are thread-safe.
 */
final class LeasedKeys implements AutoCloseable {

	private final EtcdConnection connection;

	private final Collection<LeasedKey> keys;

	private final KeyWriter writer;

	private final Runnable onChange;

	private final Map<ByteSequence, Mirror> mirrors = new ConcurrentHashMap<>();

	/**
	 * Create from a live collection of keys.
	 * @param connection the connection to etcd
	 * @param keys the keys, to which other threads may add
	 * @param onChange called on other threads when a key has changed in etcd
	 */
	LeasedKeys(EtcdConnection connection, Collection<LeasedKey> keys, Runnable onChange) {
		this.connection = connection;
		this.keys = keys;
		this.writer = new KeyWriter(connection);
		this.onChange = onChange;
	}

	/**
	 * Write each key whose state in etcd differs from the desired state.
	 * @param lease the lease to bind the keys to
	 * @param timeout timeout of each request
	 * @param explanation explains a failure
	 * @return the result
	 * @throws EtcdRequestException if the lease no longer exists
	 * @throws InterruptedException if the thread is interrupted
	 */
	ReconcileResult reconcile(long lease, Duration timeout, Function<EtcdRequestException, EtcdProblem> explanation)
			throws EtcdRequestException, InterruptedException {
		EtcdProblem problem = null;
		EtcdRequestException failure = null;
		for (LeasedKey key : this.keys) {
			try {
				if (key.isInSync(lease)) {
					// the mirror may not have been started when the key was written
					follow(key);
				}
				else if (!write(key, lease, timeout)) {
					problem = new EtcdProblem("The key " + key.key() + " is held by another process and is not"
							+ " overwritten. The write is retried until the key is released. Give each instance a"
							+ " unique id (spring.cloud.etcd.discovery.instance-id)", false);
				}
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() == Reason.NOT_FOUND) {
					throw ex;
				}
				failure = ex;
				problem = explanation.apply(ex);
				if (ex.isUnanswered()) {
					break;
				}
			}
		}
		return new ReconcileResult(problem, failure);
	}

	private boolean write(LeasedKey key, long lease, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		boolean written = this.writer.write(key, lease, timeout);
		follow(key);
		return written;
	}

	private void follow(LeasedKey key) {
		this.mirrors.computeIfAbsent(key.key(), (name) -> startMirror(key));
	}

	private Mirror startMirror(LeasedKey key) {
		Mirror mirror = Mirror.withoutOutageLogging(this.connection, List.of(KeyRange.key(key.key())), "own-key",
				(snapshot, changed) -> {
					key.observe(snapshot);
					this.onChange.run();
				});
		key.mirrorStarted();
		mirror.start();
		return mirror;
	}

	/**
	 * Discard the record of all writes, as the keys were deleted with their lease.
	 */
	void forgetWritten() {
		this.keys.forEach(LeasedKey::forgetWritten);
	}

	/**
	 * Return the state of the watch of each key. Thread-safe.
	 * @return one report for each watch
	 */
	List<MirrorReport> watches() {
		return this.mirrors.values().stream().map(Mirror::report).toList();
	}

	@Override
	public void close() {
		this.mirrors.values().forEach(Mirror::close);
	}

	/**
	 * Result of reconciling the keys.
	 *
	 * @param problem why a key is not in sync, {@code null} if all are
	 * @param failure the last failed request, {@code null} if none failed
	 */
	record ReconcileResult(@Nullable EtcdProblem problem, @Nullable EtcdRequestException failure) {

	}

}
