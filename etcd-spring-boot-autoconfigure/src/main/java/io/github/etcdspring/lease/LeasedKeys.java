package io.github.etcdspring.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorListener;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.Snapshot;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reconciles the keys bound to a lease, and watches all of them with one mirror, each
 * from its first write on. Confined to the thread of the lease, except for
 * {@link #watches()}, {@link #close()} and the addition of keys, which are thread-safe.
 */
final class LeasedKeys implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(LeasedKeys.class);

	private final EtcdConnection connection;

	private final Collection<LeasedKey> keys;

	private final KeyWriter writer;

	private final Runnable onChange;

	private final Set<ByteSequence> watched = new LinkedHashSet<>();

	/** Optional keys whose refusal has been logged. */
	private final Set<ByteSequence> refusals = new HashSet<>();

	private final Observer observer = new Observer();

	private volatile @Nullable Mirror mirror;

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

	/** Whether nothing was put yet, so that the lease is for locks only. */
	boolean isEmpty() {
		return this.keys.isEmpty();
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
			if (key.isRefused()) {
				continue;
			}
			try {
				if (key.isInSync(lease)) {
					// the mirror may not have been started when the key was written
					follow(key);
				}
				else if (!write(key, lease, timeout) && !key.isOptional()) {
					problem = new EtcdProblem("The key " + key.key() + " is held by another process and is not"
							+ " overwritten. The write is retried until the key is released. Give each instance a"
							+ " unique id (spring.cloud.etcd.discovery.instance-id)", false);
				}
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() == Reason.NOT_FOUND) {
					throw ex;
				}
				if (ex.reason() == Reason.PERMISSION_DENIED && key.isOptional()) {
					refused(key, explanation.apply(ex));
					continue;
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

	private void refused(LeasedKey key, EtcdProblem problem) {
		key.refuse();
		if (this.refusals.add(key.key())) {
			logger.warn("The key " + key.key() + " is not written: " + problem + ". " + key.remedy());
		}
	}

	private boolean write(LeasedKey key, long lease, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		boolean written = this.writer.write(key, lease, timeout);
		follow(key);
		return written;
	}

	private void follow(LeasedKey key) throws InterruptedException {
		if (this.watched.contains(key.key())) {
			return;
		}
		key.mirrorStarted();
		List<KeyRange> ranges = Stream.concat(this.watched.stream(), Stream.of(key.key()))
			.map(KeyRange::key)
			.sorted(Comparator.comparing(KeyRange::toString))
			.toList();
		Mirror open = this.mirror;
		if (open == null) {
			this.observer.add(key);
			Mirror created = Mirror.withoutOutageLogging(this.connection, ranges, "own-keys", this.observer);
			created.start();
			this.mirror = created;
		}
		else {
			open.extend(ranges, () -> this.observer.add(key), Duration.ZERO);
		}
		// last, so that it is tried again after an OutOfMemoryError
		this.watched.add(key.key());
	}

	/**
	 * Discard the record of all writes, as the keys were deleted with their lease.
	 */
	void forgetWritten() {
		this.keys.forEach(LeasedKey::forgetWritten);
	}

	/**
	 * Return the state of the watch of all keys. Thread-safe.
	 * @return the report, empty before the first write
	 */
	List<MirrorReport> watches() {
		Mirror open = this.mirror;
		return (open != null) ? List.of(open.report()) : List.of();
	}

	@Override
	public void close() {
		Mirror open = this.mirror;
		if (open != null) {
			open.close();
		}
	}

	/**
	 * Hands the state of the keys over to the thread of the lease. Confined to the thread
	 * of the mirror after its start.
	 */
	private final class Observer implements MirrorListener {

		private final List<LeasedKey> keys = new ArrayList<>();

		private Set<KeyRange> forbidden = Set.of();

		void add(LeasedKey key) {
			this.keys.add(key);
		}

		@Override
		public void changed(Snapshot snapshot, Set<ByteSequence> changed) {
			for (LeasedKey key : this.keys) {
				if (!this.forbidden.contains(KeyRange.key(key.key()))) {
					key.observe(snapshot);
				}
			}
			LeasedKeys.this.onChange.run();
		}

		@Override
		public void forbidden(List<KeyRange> ranges) {
			this.forbidden = Set.copyOf(ranges);
		}

		@Override
		public void opening() {
			this.keys.forEach(LeasedKey::watchOpening);
		}

		@Override
		public void opened(long revision) {
			this.keys.forEach((key) -> key.watchOpened(revision));
			LeasedKeys.this.onChange.run();
		}

		/** A key may have been written by this process, and deleted by another one. */
		@Override
		public void unchanged(Snapshot snapshot) {
			changed(snapshot, Set.of());
		}

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
