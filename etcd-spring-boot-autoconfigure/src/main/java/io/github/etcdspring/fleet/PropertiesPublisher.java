package io.github.etcdspring.fleet;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.GetOption.SortOrder;
import io.etcd.jetcd.options.GetOption.SortTarget;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.mirror.KeyRange;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Publishes the description of the configuration properties once after the start, on a
 * thread that then ends. The key has no lease, as it is read without a live instance;
 * older versions are deleted with the write of a new one.
 */
final class PropertiesPublisher implements SmartLifecycle, DisposableBean {

	private static final Log logger = LogFactory.getLog(PropertiesPublisher.class);

	/** Maximum size of the description, below the default limit of etcd for a request. */
	static final int MAX_BYTES = 1024 * 1024;

	/** Number of versions of a service that remain in etcd. */
	static final int MAX_VERSIONS = 20;

	/** Below the number of operations that etcd allows in a transaction by default. */
	private static final int MAX_DELETIONS = 100;

	/** Maximum number of attempts if other instances write the key concurrently. */
	private static final int MAX_ATTEMPTS = 10;

	private static final Duration RETRY_FOR = Duration.ofHours(1);

	private static final Duration STOP_TIMEOUT = Duration.ofSeconds(1);

	private final EtcdConnection connection;

	private final ByteSequence key;

	private final KeyRange versions;

	private final Supplier<byte[]> description;

	private @Nullable Thread thread;

	/**
	 * Create a publisher.
	 * @param connection the connection to etcd
	 * @param key the key of the version
	 * @param versions the keys of all versions of the service
	 * @param description describes the properties of the application
	 */
	PropertiesPublisher(EtcdConnection connection, ByteSequence key, KeyRange versions, Supplier<byte[]> description) {
		this.connection = connection;
		this.key = key;
		this.versions = versions;
		this.description = description;
	}

	@Override
	public synchronized void start() {
		if (this.thread == null) {
			this.thread = new Thread(this::publish, "etcd-fleet-properties");
			this.thread.setDaemon(true);
			this.thread.start();
		}
	}

	private void publish() {
		try {
			ByteSequence value = ByteSequence.from(this.description.get());
			if (value.size() > MAX_BYTES) {
				logger.warn("The configuration properties of this application are not published: their description has "
						+ value.size() + " bytes, the maximum is " + MAX_BYTES);
				return;
			}
			EtcdRequestException failure = write(value);
			BackOffExecution pauses = pauses().start();
			while (failure != null) {
				long pause = pauses.nextBackOff();
				if (pause == BackOffExecution.STOP || isPermanent(failure)) {
					logger.warn("The configuration properties of this application are not published in "
							+ this.key.toString(StandardCharsets.UTF_8) + ": " + this.connection.explain(failure).text()
							+ ". Everything else works. The next start tries again");
					return;
				}
				Thread.sleep(pause);
				failure = write(value);
			}
		}
		catch (InterruptedException ex) {
			// the application is stopped
		}
		catch (RuntimeException | LinkageError ex) {
			logger.warn("Failed to describe the configuration properties of this application", ex);
		}
	}

	private static ExponentialBackOff pauses() {
		ExponentialBackOff pauses = new ExponentialBackOff(1000, 2);
		pauses.setJitter(500);
		pauses.setMaxInterval(Duration.ofMinutes(1).toMillis());
		pauses.setMaxElapsedTime(RETRY_FOR.toMillis());
		return pauses;
	}

	private static boolean isPermanent(EtcdRequestException failure) {
		return failure.requiresIntervention() || failure.reason() == Reason.TOO_LARGE;
	}

	/** Returns the failure, {@code null} if the value is in etcd. */
	private @Nullable EtcdRequestException write(ByteSequence value) throws InterruptedException {
		try {
			for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
				// otherwise another instance has written a key meanwhile
				if (isPublished(value)) {
					return null;
				}
			}
			return EtcdRequestException.timeout("other instances write the key concurrently");
		}
		catch (EtcdRequestException ex) {
			return ex;
		}
	}

	/** Writes the value unless it is in etcd. */
	private boolean isPublished(ByteSequence value) throws EtcdRequestException, InterruptedException {
		KV client = this.connection.client().getKVClient();
		KeyValue current = this.connection.call(() -> client.get(this.key)).getKvs().stream().findFirst().orElse(null);
		if (current != null && current.getValue().equals(value)) {
			return true;
		}
		List<Cmp> conditions = new ArrayList<>();
		List<Op> writes = new ArrayList<>();
		conditions.add(isAt(this.key, (current != null) ? current.getModRevision() : 0));
		writes.add(Op.put(this.key, value, PutOption.DEFAULT));
		for (KeyValue obsolete : obsolete()) {
			conditions.add(isAt(obsolete.getKey(), obsolete.getModRevision()));
			writes.add(Op.delete(obsolete.getKey(), DeleteOption.DEFAULT));
		}
		TxnResponse response = this.connection
			.call(() -> client.txn().If(conditions.toArray(Cmp[]::new)).Then(writes.toArray(Op[]::new)).commit());
		return response.isSucceeded();
	}

	private static Cmp isAt(ByteSequence key, long revision) {
		return new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(revision));
	}

	/** Reads the other versions, except those that were published last. */
	private List<KeyValue> obsolete() throws EtcdRequestException, InterruptedException {
		GetOption option = GetOption.builder()
			.withRange(this.versions.end())
			.withKeysOnly(true)
			.withSortField(SortTarget.MOD)
			.withSortOrder(SortOrder.DESCEND)
			.build();
		return this.connection.call(() -> this.connection.client().getKVClient().get(this.versions.start(), option))
			.getKvs()
			.stream()
			.filter((entry) -> !entry.getKey().equals(this.key))
			.skip(MAX_VERSIONS - 1)
			.limit(MAX_DELETIONS)
			.toList();
	}

	@Override
	public synchronized void stop() {
		Thread stopped = this.thread;
		this.thread = null;
		if (stopped != null) {
			stopped.interrupt();
			try {
				stopped.join(STOP_TIMEOUT.toMillis());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	@Override
	public synchronized boolean isRunning() {
		return this.thread != null;
	}

	/** The context may be closed before it is started. */
	@Override
	public void destroy() {
		stop();
	}

}
