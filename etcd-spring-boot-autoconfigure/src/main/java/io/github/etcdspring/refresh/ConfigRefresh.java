package io.github.etcdspring.refresh;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

import io.github.etcdspring.refresh.ContextRefresh.Rehearsed;
import org.jspecify.annotations.Nullable;

/**
 * Applies configuration changes as transactions: a candidate is rehearsed as a whole,
 * then applied or rejected as a whole.
 */
public final class ConfigRefresh {

	private final LiveConfiguration live;

	private final RefreshAnnouncer announcer = new RefreshAnnouncer();

	private final List<ContextRefresh> contexts = new CopyOnWriteArrayList<>();

	private final ReentrantLock lock = new ReentrantLock(true);

	private volatile ConfigurationStatus status;

	ConfigRefresh(LiveConfiguration live) {
		this.live = live;
		long revision = live.current().revision();
		this.status = new ConfigurationStatus(revision, revision, 0, 0, null);
	}

	LiveConfiguration live() {
		return this.live;
	}

	/**
	 * Add a context, which takes part from the next change on.
	 * @param context the context
	 */
	void add(ContextRefresh context) {
		// not while a change is being applied, which the context would miss
		this.lock.lock();
		try {
			this.contexts.add(context);
		}
		finally {
			this.lock.unlock();
		}
	}

	void remove(ContextRefresh context) {
		this.contexts.remove(context);
	}

	/**
	 * Return which revision is applied, and why a newer one is not. Thread-safe.
	 * @return the status
	 */
	public ConfigurationStatus status() {
		return this.status;
	}

	/**
	 * Validate a configuration and apply it if it is valid. Otherwise the application
	 * keeps the current one. Must not be called before all singletons exist.
	 * @param next the configuration
	 * @return whether it has been applied
	 * @throws InterruptedException if the thread is interrupted; nothing has changed
	 * @throws RefreshFailedException if a retry may succeed
	 */
	public boolean apply(Configuration next) throws InterruptedException {
		this.lock.lockInterruptibly();
		List<Rehearsed> rehearsed = new ArrayList<>();
		List<ContextRefresh> entered = new ArrayList<>();
		try {
			for (ContextRefresh context : this.contexts) {
				entered.add(context);
				rehearsed.add(context.rehearse(this.live, next));
			}
			this.live.replace(next);
			rehearsed.forEach(Rehearsed::commit);
		}
		catch (RejectedConfigurationException ex) {
			reject(next.revision(), ex);
			if (ex.transientFailure()) {
				throw new RefreshFailedException(String.valueOf(ex.getMessage()));
			}
			return false;
		}
		catch (RuntimeException | Error ex) {
			FailureCause.rethrowOutOfMemory(ex);
			RejectedConfigurationException failure = new RejectedConfigurationException(null,
					"the change could not be validated and is retried: " + FailureCause.location(ex));
			reject(next.revision(), failure);
			throw new RefreshFailedException(String.valueOf(failure.getMessage()));
		}
		finally {
			entered.forEach(ContextRefresh::finish);
			this.lock.unlock();
		}
		announce(next, rehearsed);
		return true;
	}

	private void announce(Configuration next, List<Rehearsed> rehearsed) {
		Set<String> keys = new LinkedHashSet<>();
		rehearsed.forEach((part) -> keys.addAll(part.changes().keys()));
		ConfigurationStatus.Rejected former = this.status.rejected();
		this.status = this.status.withApplied(next.revision(), !keys.isEmpty());
		if (former != null) {
			this.announcer.recovered(next.revision());
		}
		boolean renewed = true;
		for (Rehearsed part : rehearsed) {
			if (!part.changes().isEmpty()) {
				this.announcer.changed(part);
				ContextRefresh.run(part::followCached);
			}
			if (!part.changes().isEmpty() || !part.scoped().isEmpty()) {
				renewed &= part.renew(next);
			}
		}
		if (!keys.isEmpty() || former != null) {
			this.announcer.applied(next.revision(), keys, rehearsed);
		}
		if (!renewed) {
			throw new RefreshFailedException("refresh-scoped beans could not be recreated");
		}
	}

	/**
	 * Reject a newer configuration that cannot be parsed.
	 * @param revision its revision
	 * @param failure the reason
	 */
	public void reject(long revision, RejectedConfigurationException failure) {
		ConfigurationStatus.Rejected former = this.status.rejected();
		KeyOrigin origin = failure.origin();
		@Nullable String key = (origin != null) ? origin.key() : null;
		String reason = String.valueOf(failure.getMessage());
		if (former != null && former.revision() == revision && former.reason().equals(reason)) {
			return;
		}
		Instant since = (former != null) ? former.since() : Instant.now();
		ConfigurationStatus.Rejected rejected = new ConfigurationStatus.Rejected(revision, key, reason, since);
		this.status = this.status.withRejected(rejected);
		this.announcer.rejected(rejected, former, this.contexts);
	}

}
