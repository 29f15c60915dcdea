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
 * The keys bound to a lease, each followed in etcd from its first put on. Keys may come
 * on any thread; all else belongs to the thread of the lease, except for
 * {@link #watches()} and {@link #close()}.
 */
final class LeasedKeys implements AutoCloseable {

	private final EtcdConnection connection;

	private final Collection<LeasedKey> keys;

	private final KeyWriter writer;

	private final Runnable onChange;

	private final Map<ByteSequence, Mirror> mirrors = new ConcurrentHashMap<>();

	/**
	 * Create from keys that may become more.
	 * @param connection the connection to etcd
	 * @param keys the keys
	 * @param onChange called on other threads when etcd holds something else
	 */
	LeasedKeys(EtcdConnection connection, Collection<LeasedKey> keys, Runnable onChange) {
		this.connection = connection;
		this.keys = keys;
		this.writer = new KeyWriter(connection);
		this.onChange = onChange;
	}

	/**
	 * Have etcd hold what is wished for, as far as it can be had.
	 * @param lease the lease to bind the keys to
	 * @param timeout time allowed for each request
	 * @param explanation explains a failure
	 * @return what came of it
	 * @throws EtcdRequestException if the lease is gone
	 * @throws InterruptedException if the thread is interrupted
	 */
	ReconcileResult reconcile(long lease, Duration timeout, Function<EtcdRequestException, EtcdProblem> explanation)
			throws EtcdRequestException, InterruptedException {
		EtcdProblem problem = null;
		EtcdRequestException failure = null;
		for (LeasedKey key : this.keys) {
			try {
				if (key.isInSync(lease)) {
					// unless it could not be followed when it was written
					follow(key);
				}
				else if (!write(key, lease, timeout)) {
					problem = new EtcdProblem("The key " + key.key() + " is held by another process and is left"
							+ " alone until that lets go of it. Give each instance an id of its own"
							+ " (spring.cloud.etcd.discovery.instance-id)", false);
				}
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() == Reason.NOT_FOUND) {
					throw ex;
				}
				failure = ex;
				problem = explanation.apply(ex);
				if (ex.isSilence()) {
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
		Mirror mirror = Mirror.quiet(this.connection, List.of(KeyRange.key(key.key())), "own-key",
				(snapshot, changed) -> {
					key.observe(snapshot);
					this.onChange.run();
				});
		key.mirrorStarted();
		mirror.start();
		return mirror;
	}

	/**
	 * None of them is in etcd any more, as far as this process has put them there.
	 */
	void forgetWritten() {
		this.keys.forEach(LeasedKey::forgetWritten);
	}

	/**
	 * How the watches of the keys fare. For any thread.
	 * @return a report on each
	 */
	List<MirrorReport> watches() {
		return this.mirrors.values().stream().map(Mirror::report).toList();
	}

	@Override
	public void close() {
		this.mirrors.values().forEach(Mirror::close);
	}

	/**
	 * What came of settling the keys.
	 *
	 * @param problem what keeps a key from being settled, {@code null} if nothing does
	 * @param failure the last failure of a request, {@code null} if there was none
	 */
	record ReconcileResult(@Nullable EtcdProblem problem, @Nullable EtcdRequestException failure) {

	}

}
