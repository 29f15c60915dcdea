package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorListener;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.Configuration;
import io.github.etcdspring.refresh.RejectedCandidateException;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
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

	private final ObservationRegistry observations;

	private volatile @Nullable Mirror mirror;

	/** Waits for the permission to read what could not be imported. */
	private volatile @Nullable Mirror forbidden;

	/**
	 * What was known last of the contexts for which permission has been withdrawn, by
	 * key; {@code null} if it has been for none.
	 */
	private volatile @Nullable Map<ByteSequence, KeyValue> withdrawn;

	ConfigWatch(EtcdConnection connection, ConfigImport configImport, ConfigRefresh refresh,
			ObservationRegistry observations) {
		this.connection = connection;
		this.configImport = configImport;
		this.refresh = refresh;
		this.observations = observations;
	}

	@Override
	public synchronized void start() {
		if (this.mirror == null) {
			this.configImport.use(this.connection, this::restart);
			follow(this.configImport.snapshot());
		}
	}

	/** Another import has been read by a refresh. */
	private synchronized void restart() {
		if (this.mirror != null) {
			this.withdrawn = null;
			takeMirrors().forEach(Mirror::close);
			follow(this.configImport.snapshot());
		}
	}

	/** All is listed anew, as what was imported is out of date by now. */
	private synchronized void permitted() {
		if (this.mirror != null) {
			logger.info("The configuration under " + this.configImport.forbidden() + " may be read now");
			this.configImport.permit();
			this.withdrawn = null;
			takeMirrors().forEach(Mirror::close);
			follow(null);
		}
	}

	/**
	 * What may no longer be read stays as it was known last, and the rest is followed. If
	 * that is nothing at all, the mirror goes on trying.
	 */
	private void forbidden() throws InterruptedException {
		Mirror following = this.mirror;
		List<ConfigContext> contexts = followed();
		List<ConfigContext> now;
		try {
			now = new ImportReader(this.connection, Set.of()).forbidden(contexts);
		}
		catch (EtcdRequestException ex) {
			// asked again at the next attempt
			return;
		}
		synchronized (this) {
			if (following == null || this.mirror != following || now.isEmpty() || now.size() == contexts.size()) {
				return;
			}
			logger.warn("The configuration under " + now + " may no longer be read and stays in use as it was known"
					+ " last: grant this user the permission again, and it is followed");
			Map<ByteSequence, KeyValue> kept = new HashMap<>(withWithdrawn(following.snapshot()).entries());
			this.configImport.forbid(now);
			for (ConfigContext context : followed()) {
				ByteSequence prefix = ByteSequence.from(context.prefix(), StandardCharsets.UTF_8);
				kept.keySet().removeIf((key) -> key.startsWith(prefix));
			}
			this.withdrawn = Collections.unmodifiableMap(kept);
			takeMirrors().forEach(Mirror::close);
			follow(null);
		}
	}

	private Snapshot withWithdrawn(Snapshot snapshot) {
		Map<ByteSequence, KeyValue> kept = this.withdrawn;
		if (kept == null) {
			return snapshot;
		}
		Map<ByteSequence, KeyValue> entries = new HashMap<>(kept);
		entries.putAll(snapshot.entries());
		return new Snapshot(snapshot.revision(), Collections.unmodifiableMap(entries));
	}

	private List<ConfigContext> followed() {
		List<ConfigContext> contexts = new ArrayList<>(this.configImport.contexts());
		contexts.removeAll(this.configImport.forbidden());
		return contexts;
	}

	private void follow(@Nullable Snapshot imported) {
		List<ConfigContext> contexts = followed();
		List<ConfigContext> withheld = this.configImport.forbidden();
		save(imported);
		Mirror next = new Mirror(this.connection, ImportReader.ranges(contexts), "config", new MirrorListener() {

			@Override
			public void changed(Snapshot snapshot, Set<ByteSequence> changed) {
				ConfigWatch.this.changed(withWithdrawn(snapshot));
			}

			@Override
			public void forbidden() throws InterruptedException {
				ConfigWatch.this.forbidden();
			}

		});
		this.mirror = next;
		if (imported != null) {
			next.start(imported);
		}
		else {
			next.start();
		}
		if (!withheld.isEmpty()) {
			Mirror waiting = Mirror.quiet(this.connection, ImportReader.ranges(withheld), "config-forbidden",
					(snapshot, changed) -> permitted());
			this.forbidden = waiting;
			waiting.start();
		}
	}

	private synchronized List<Mirror> takeMirrors() {
		List<Mirror> open = Stream.of(this.mirror, this.forbidden).filter(Objects::nonNull).toList();
		this.mirror = null;
		this.forbidden = null;
		return open;
	}

	private void changed(Snapshot snapshot) {
		try {
			Duration jitter = this.configImport.properties().watch().jitter();
			if (jitter.toMillis() > 0) {
				Thread.sleep(ThreadLocalRandom.current().nextLong(jitter.toMillis()));
			}
			if (refresh(snapshot)) {
				save(snapshot);
			}
		}
		catch (InterruptedException ex) {
			// closed
			Thread.currentThread().interrupt();
		}
	}

	private boolean refresh(Snapshot snapshot) throws InterruptedException {
		Observation observation = Observation.createNotStarted("etcd.config.refresh", this.observations)
			.contextualName("etcd config refresh")
			.highCardinalityKeyValue("etcd.revision", String.valueOf(snapshot.revision()));
		return observation.observeChecked(() -> {
			// unless it says otherwise
			observation.lowCardinalityKeyValue("outcome", "failed");
			boolean applied = apply(snapshot);
			observation.lowCardinalityKeyValue("outcome", (applied) ? "applied" : "rejected");
			return applied;
		});
	}

	private boolean apply(Snapshot snapshot) throws InterruptedException {
		try {
			Configuration former = this.configImport.store().current();
			return this.refresh.apply(this.configImport.parser().parse(snapshot, former));
		}
		catch (RejectedCandidateException ex) {
			this.refresh.reject(snapshot.revision(), ex);
			return false;
		}
	}

	private void save(@Nullable Snapshot snapshot) {
		Path path = this.configImport.properties().snapshotFile();
		if (path != null && snapshot != null) {
			SnapshotFile file = new SnapshotFile(path);
			try {
				file.write(this.configImport.contexts(), snapshot);
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
		Mirror open = this.mirror;
		Mirror waiting = this.forbidden;
		MirrorStatus status = (open != null) ? open.status() : null;
		if (status != null && status.problem() == null && waiting != null) {
			boolean stale = this.withdrawn != null && status.synced();
			return new MirrorStatus(status.synced() && !stale, (stale) ? waiting.status().since() : status.since(),
					waiting.status().problem());
		}
		return status;
	}

	/**
	 * How the watches fare: the one of the configuration first, and then one that waits
	 * for permission to more, if need be.
	 * @return the reports, none of them while nothing is followed
	 */
	public List<MirrorReport> watches() {
		return Stream.of(this.mirror, this.forbidden).filter(Objects::nonNull).map(Mirror::report).toList();
	}

	@Override
	public void stop() {
		List<Mirror> open = takeMirrors();
		if (!open.isEmpty()) {
			this.configImport.use(null, () -> {
			});
			open.forEach(Mirror::close);
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

}
