package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.mirror.Snapshot;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

/**
 * Follows the imported prefixes from the revision at which they were read, and hands each
 * change to the refresh, on the mirror's thread. Public only for the reports of the
 * actuator.
 *
 * @since 0.1.0
 */
public final class ConfigWatch implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(ConfigWatch.class);

	/** Before anything that uses the configuration starts to serve. */
	private static final int PHASE = Integer.MIN_VALUE + 512;

	private final EtcdConnection connection;

	private final ConfigImport configImport;

	private final ConfigRefresh refresh;

	private @Nullable Mirror mirror;

	ConfigWatch(EtcdConnection connection, ConfigImport configImport, ConfigRefresh refresh) {
		this.connection = connection;
		this.configImport = configImport;
		this.refresh = refresh;
	}

	@Override
	public synchronized void start() {
		if (this.mirror == null) {
			this.configImport.use(this.connection, this::restart);
			follow();
		}
	}

	/** Another import has been read by a refresh. */
	private synchronized void restart() {
		if (this.mirror != null) {
			this.mirror.close();
			follow();
		}
	}

	private void follow() {
		List<KeyRange> ranges = this.configImport.store()
			.contexts()
			.stream()
			.map((context) -> KeyRange.prefix(context.prefix()))
			.toList();
		Snapshot imported = this.configImport.snapshot();
		save(imported);
		Mirror next = new Mirror(this.connection, ranges, "config", this::changed);
		this.mirror = next;
		if (imported != null) {
			next.start(imported);
		}
		else {
			next.start();
		}
	}

	private void changed(Snapshot snapshot, Set<ByteSequence> changed) {
		try {
			Duration jitter = this.configImport.properties().watch().jitter();
			if (jitter.toMillis() > 0) {
				Thread.sleep(ThreadLocalRandom.current().nextLong(jitter.toMillis()));
			}
			Configuration former = this.configImport.store().configuration();
			if (this.refresh.apply(this.configImport.parser().parse(snapshot, former))) {
				save(snapshot);
			}
		}
		catch (InvalidConfigurationException ex) {
			this.refresh.reject(snapshot.revision(), ex);
		}
		catch (InterruptedException ex) {
			// closed
			Thread.currentThread().interrupt();
		}
	}

	private void save(@Nullable Snapshot snapshot) {
		Path path = this.configImport.properties().snapshotFile();
		if (path != null && snapshot != null) {
			SnapshotFile file = new SnapshotFile(path);
			try {
				file.write(this.configImport.store().contexts(), snapshot);
			}
			catch (IOException ex) {
				logger.warn("The snapshot file " + file + " cannot be written: " + ex);
			}
		}
	}

	/**
	 * Whether changes arrive as they happen.
	 * @return the status, {@code null} while nothing is followed
	 */
	public @Nullable MirrorStatus status() {
		Mirror open = mirror();
		return (open != null) ? open.status() : null;
	}

	private synchronized @Nullable Mirror mirror() {
		return this.mirror;
	}

	@Override
	public void stop() {
		Mirror open;
		synchronized (this) {
			open = this.mirror;
			this.mirror = null;
		}
		if (open != null) {
			this.configImport.use(null, () -> {
			});
			open.close();
		}
	}

	@Override
	public boolean isRunning() {
		return mirror() != null;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
