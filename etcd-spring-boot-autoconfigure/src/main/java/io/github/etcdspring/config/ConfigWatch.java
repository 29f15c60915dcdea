package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.config.ConfigImport.Imported;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorListener;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.OverlayMap;
import io.github.etcdspring.refresh.RejectedCandidateException;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

/**
 * Follows the imported prefixes from the revision at which they were read, and passes
 * each change to the refresh, on the mirror's thread. An exception of the refresh or of
 * an observation handler makes the mirror repeat the change. Public only for the reports
 * of the actuator.
 */
public final class ConfigWatch implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(ConfigWatch.class);

	/** Before anything that uses the configuration starts to serve. */
	private static final int PHASE = Integer.MIN_VALUE + 512;

	private final EtcdConnection connection;

	private final ConfigImport configImport;

	private final ConfigRefresh refresh;

	private final ObservationRegistry observations;

	private volatile @Nullable Mirror mirror;

	/** What is followed; replaced by the thread of the mirror. */
	private volatile Imported imported;

	/** Where to continue after a stop: a start must not go back to the import. */
	private volatile Snapshot known;

	/** The entries of what is known; belongs to the thread of the mirror. */
	private OverlayMap<ByteSequence, KeyValue> entries;

	private volatile List<ConfigContext> forbidden;

	/** Said once, as a volume that is read-only stays so. */
	private volatile boolean unwritable;

	ConfigWatch(EtcdConnection connection, ConfigImport configImport, ConfigRefresh refresh,
			ObservationRegistry observations) {
		this.connection = connection;
		this.configImport = configImport;
		this.refresh = refresh;
		this.observations = observations;
		this.imported = configImport.start().imported();
		this.known = configImport.start().snapshot();
		this.entries = OverlayMap.of(this.known.entries());
		this.forbidden = configImport.start().forbidden();
	}

	@Override
	public synchronized void start() {
		if (this.mirror != null) {
			return;
		}
		if (this.known == this.configImport.start().snapshot() && this.configImport.start().isFromEtcd()) {
			save(this.known);
		}
		Mirror next = new Mirror(this.connection, ranges(this.imported), "config", new Changes());
		this.mirror = next;
		next.start(this.known, this.forbidden.stream().map(ConfigContext::range).toList());
		this.configImport.followedBy(this);
	}

	/**
	 * Follow further imports, and wait until what they hold has been applied or rejected.
	 * Holds no lock meanwhile, as the thread of the mirror may need it.
	 * @param extended all imports
	 * @return whether they have been read in time; if not, that happens later
	 */
	boolean extend(Imported extended) {
		Mirror open = this.mirror;
		try {
			return open != null
					&& open.extend(ranges(extended), () -> this.imported = extended, this.connection.startupTimeout());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private static List<KeyRange> ranges(Imported imported) {
		return imported.contexts().stream().map(ConfigContext::range).toList();
	}

	/**
	 * Return the contexts that may not be read.
	 * @return the contexts
	 */
	List<ConfigContext> forbidden() {
		return this.forbidden;
	}

	private void forbidden(List<KeyRange> ranges) {
		List<ConfigContext> now = this.imported.contexts()
			.stream()
			.filter((context) -> ranges.contains(context.range()))
			.toList();
		List<ConfigContext> withdrawn = new ArrayList<>(now);
		withdrawn.removeAll(this.forbidden);
		List<ConfigContext> permitted = new ArrayList<>(this.forbidden);
		permitted.removeAll(now);
		this.forbidden = now;
		if (!withdrawn.isEmpty()) {
			logger.warn("The configuration under " + withdrawn + " may not be read, the last known state stays in use:"
					+ " grant this user the permission, and it is followed");
		}
		if (!permitted.isEmpty()) {
			logger.info("The configuration under " + permitted + " may be read now");
		}
	}

	private void changed(Snapshot snapshot, Set<ByteSequence> changed) throws InterruptedException {
		Duration jitter = this.configImport.properties().watch().jitter();
		if (jitter.toMillis() > 0) {
			Thread.sleep(ThreadLocalRandom.current().nextLong(jitter.toMillis()));
		}
		if (refresh(snapshot, changed)) {
			save(snapshot);
		}
		keep(snapshot, changed);
	}

	/** Copies only what has changed. */
	private void keep(Snapshot snapshot, Set<ByteSequence> changed) {
		Map<ByteSequence, Optional<KeyValue>> changes = new HashMap<>();
		changed.forEach((key) -> changes.put(key, Optional.ofNullable(snapshot.entries().get(key))));
		this.entries = this.entries.with(changes);
		this.known = new Snapshot(snapshot.revision(), this.entries);
	}

	private boolean refresh(Snapshot snapshot, Set<ByteSequence> changed) throws InterruptedException {
		Observation observation = Observation.createNotStarted("etcd.config.refresh", this.observations)
			.contextualName("etcd config refresh")
			.highCardinalityKeyValue("etcd.revision", String.valueOf(snapshot.revision()));
		return observation.observeChecked(() -> {
			// unless it says otherwise
			observation.lowCardinalityKeyValue("outcome", "failed");
			boolean applied = apply(snapshot, changed);
			observation.lowCardinalityKeyValue("outcome", (applied) ? "applied" : "rejected");
			return applied;
		});
	}

	private boolean apply(Snapshot snapshot, Set<ByteSequence> changed) throws InterruptedException {
		try {
			return this.refresh
				.apply(this.imported.parser().parse(snapshot, changed, this.configImport.store().current()));
		}
		catch (RejectedCandidateException ex) {
			this.refresh.reject(snapshot.revision(), ex);
			return false;
		}
	}

	private void save(Snapshot snapshot) {
		Path path = this.configImport.properties().snapshotFile();
		if (path != null) {
			SnapshotFile file = new SnapshotFile(path);
			try {
				file.write(this.imported.contexts(), snapshot);
				this.unwritable = false;
			}
			catch (IOException ex) {
				if (!this.unwritable) {
					logger.warn("The snapshot file " + file + " cannot be written: " + ex
							+ ". A start without etcd would use what it holds now");
				}
				this.unwritable = true;
			}
		}
	}

	@Nullable EtcdProblem problem() {
		MirrorStatus status = status();
		return (status != null) ? status.problem() : null;
	}

	/**
	 * Whether changes arrive as they happen.
	 * @return the status, {@code null} while nothing is followed
	 */
	public @Nullable MirrorStatus status() {
		Mirror open = this.mirror;
		return (open != null) ? open.status() : null;
	}

	/**
	 * Return a report on the watch.
	 * @return the report, none while nothing is followed
	 */
	public List<MirrorReport> watches() {
		Mirror open = this.mirror;
		return (open != null) ? List.of(open.report()) : List.of();
	}

	@Override
	public synchronized void stop() {
		Mirror open = this.mirror;
		this.mirror = null;
		if (open != null) {
			open.close();
		}
	}

	@Override
	public boolean isRunning() {
		return this.mirror != null;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	/**
	 * Receives the changes of the mirror.
	 */
	private final class Changes implements MirrorListener {

		@Override
		public void changed(Snapshot snapshot, Set<ByteSequence> changed) throws InterruptedException {
			ConfigWatch.this.changed(snapshot, changed);
		}

		@Override
		public void forbidden(List<KeyRange> ranges) {
			ConfigWatch.this.forbidden(ranges);
		}

	}

}
