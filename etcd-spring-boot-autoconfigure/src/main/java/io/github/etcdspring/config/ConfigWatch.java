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
import io.github.etcdspring.config.ConfigImport.ImportedContexts;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorListener;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.OverlayMap;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

/**
 * Watches the imported prefixes from the revision at which they were read, and passes
 * each change to {@link ConfigRefresh} on the thread of the mirror. If the refresh or an
 * observation handler throws, the mirror retries the change. Public only for the reports
 * of the actuator.
 */
public final class ConfigWatch implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(ConfigWatch.class);

	/** Starts before the beans that use the configuration. */
	private static final int PHASE = Integer.MIN_VALUE + 512;

	private final EtcdConnection connection;

	private final ConfigImport configImport;

	private final ConfigRefresh refresh;

	private final ObservationRegistry observations;

	private volatile @Nullable Mirror mirror;

	/** The watched contexts; replaced by the thread of the mirror. */
	private volatile ImportedContexts imported;

	/** Last known state: a restart of the context must not revert to the import. */
	private volatile Snapshot known;

	/** The last known entries; confined to the thread of the mirror. */
	private OverlayMap<ByteSequence, KeyValue> entries;

	private final Proposals proposals = new Proposals();

	private volatile List<ConfigContext> forbidden;

	/** Whether a failure was logged already, as a read-only volume fails each time. */
	private volatile boolean writeFailed;

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
		answerKnownProposals();
		Mirror next = new Mirror(this.connection, ranges(this.imported), "config", new ChangeListener());
		this.mirror = next;
		next.start(this.known, this.forbidden.stream().map(ConfigContext::range).toList());
		this.configImport.watchWith(this);
	}

	/**
	 * Return the answers of this instance to the proposed changes of its configuration.
	 * @return an immutable list
	 */
	public List<ProposalAnswer> answers() {
		return this.proposals.answers();
	}

	/**
	 * Add a callback for changed answers.
	 * @param listener called on the thread of the watch; must neither block nor throw
	 */
	public void addAnswerListener(Runnable listener) {
		this.proposals.addListener(listener);
	}

	private void rehearse(Map<ByteSequence, Optional<KeyValue>> changes)
			throws RejectedConfigurationException, InterruptedException {
		Snapshot candidate = new Snapshot(this.known.revision(), this.entries.with(changes));
		this.refresh
			.rehearse(this.imported.parser().preview(candidate, changes.keySet(), this.configImport.store().current()));
	}

	/**
	 * Watch further imports, and wait until their configuration has been applied or
	 * rejected. Holds no lock while it waits, as the thread of the mirror may need it.
	 * @param extended all imports
	 * @return whether the imports have been read in time; if not, they are read later
	 */
	boolean extend(ImportedContexts extended) {
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

	private static List<KeyRange> ranges(ImportedContexts imported) {
		return imported.contexts().stream().map(ConfigContext::range).toList();
	}

	/**
	 * Return the contexts that the user may not read.
	 * @return the contexts
	 */
	List<ConfigContext> forbidden() {
		return this.forbidden;
	}

	/** The watch reports only changes since the import. */
	private void answerKnownProposals() {
		try {
			this.proposals.update(this.entries, this.entries.keySet());
			this.proposals.answer(this::rehearse);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
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
			logger.warn("Permission denied for the configuration under " + withdrawn + ", the last known state stays"
					+ " in use. Grant the user a role for the prefix; no restart is required");
		}
		if (!permitted.isEmpty()) {
			logger.info("Permission granted for the configuration under " + permitted);
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
		remember(snapshot, changed);
		this.proposals.update(this.entries, changed);
		this.proposals.answer(this::rehearse);
	}

	/** Copies only the changed entries. */
	private void remember(Snapshot snapshot, Set<ByteSequence> changed) {
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
			// stays if an exception is thrown
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
		catch (RejectedConfigurationException ex) {
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
				this.writeFailed = false;
			}
			catch (IOException ex) {
				if (!this.writeFailed) {
					logger.warn("Failed to write the configuration snapshot file " + file + ": " + ex
							+ ". A start without etcd would use its former content");
				}
				this.writeFailed = true;
			}
		}
	}

	@Nullable EtcdProblem problem() {
		MirrorStatus status = status();
		return (status != null) ? status.problem() : null;
	}

	/**
	 * Return whether the configuration is up to date.
	 * @return the status, {@code null} while nothing is watched
	 */
	public @Nullable MirrorStatus status() {
		Mirror open = this.mirror;
		return (open != null) ? open.status() : null;
	}

	/**
	 * Return a report on the watch.
	 * @return the report, empty while nothing is watched
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
	private final class ChangeListener implements MirrorListener {

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
