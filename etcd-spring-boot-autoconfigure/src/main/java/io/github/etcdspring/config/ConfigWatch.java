package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import io.etcd.jetcd.ByteSequence;
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

	private final ObservationRegistry observations;

	private volatile @Nullable Mirror mirror;

	/** The watched contexts; replaced by the thread of the mirror. */
	private volatile ImportedContexts imported;

	private final AppliedConfiguration applied;

	private final Rollouts rollouts = new Rollouts();

	private final Proposals proposals = new Proposals();

	private volatile List<ConfigContext> forbidden;

	/** Whether a failure was logged already, as a read-only volume fails each time. */
	private volatile boolean writeFailed;

	ConfigWatch(EtcdConnection connection, ConfigImport configImport, ConfigRefresh refresh,
			ObservationRegistry observations) {
		this.connection = connection;
		this.configImport = configImport;
		this.observations = observations;
		this.imported = configImport.start().imported();
		this.applied = new AppliedConfiguration(refresh, () -> this.imported.parser(), configImport.store()::current,
				configImport.start().snapshot(), this.rollouts);
		this.forbidden = configImport.start().forbidden();
	}

	@Override
	public synchronized void start() {
		if (this.mirror != null) {
			return;
		}
		Snapshot known = this.applied.known();
		if (known == this.configImport.start().snapshot() && this.configImport.start().isFromEtcd()) {
			save(known);
		}
		beginWith(known);
		Mirror next = new Mirror(this.connection, ranges(this.imported), "config", new ChangeListener());
		this.mirror = next;
		next.start(known, this.forbidden.stream().map(ConfigContext::range).toList());
		this.configImport.watchWith(this);
	}

	/**
	 * Return the answers of this instance to proposals and rollouts.
	 * @return an immutable list
	 */
	public List<ChangeAnswer> answers() {
		List<ChangeAnswer> answers = new ArrayList<>(this.proposals.answers());
		answers.addAll(this.rollouts.answers());
		return List.copyOf(answers);
	}

	/**
	 * Add a callback for changed answers.
	 * @param listener called on any thread; must neither block nor throw
	 */
	public void addAnswerListener(Runnable listener) {
		this.proposals.addListener(listener);
		this.rollouts.addAnswerListener(listener);
	}

	/**
	 * Return the rollouts of the imported keys.
	 * @return the rollouts
	 */
	public Rollouts rollouts() {
		return this.rollouts;
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
	private void beginWith(Snapshot known) {
		try {
			// a rollout in the snapshot file may have ended
			if (known != this.configImport.start().snapshot() || this.configImport.start().isFromEtcd()) {
				this.rollouts.update(known.entries(), known.entries().keySet());
				if (!this.rollouts.wanted().isEmpty()) {
					this.applied.apply(known, Set.of());
				}
			}
			this.proposals.update(known.entries(), known.entries().keySet());
			this.proposals.answer(this.applied::rehearse);
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
		this.rollouts.update(snapshot.entries(), changed);
		if (refresh(snapshot, changed)) {
			save(snapshot);
		}
		this.rollouts.answersChanged();
		this.proposals.update(snapshot.entries(), changed);
		this.proposals.answer(this.applied::rehearse);
	}

	private boolean refresh(Snapshot snapshot, Set<ByteSequence> changed) throws InterruptedException {
		Observation observation = Observation.createNotStarted("etcd.config.refresh", this.observations)
			.contextualName("etcd config refresh")
			.highCardinalityKeyValue("etcd.revision", String.valueOf(snapshot.revision()));
		return observation.observeChecked(() -> {
			// stays if an exception is thrown
			observation.lowCardinalityKeyValue("outcome", "failed");
			boolean applied = this.applied.apply(snapshot, changed);
			observation.lowCardinalityKeyValue("outcome", (applied) ? "applied" : "rejected");
			return applied;
		});
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
