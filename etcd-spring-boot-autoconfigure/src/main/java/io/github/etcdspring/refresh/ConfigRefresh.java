package io.github.etcdspring.refresh;

import java.time.Instant;

/**
 * Lets the application follow the configuration, as a transaction: a candidate is tried
 * out as a whole before any of it is in force, and is in force as a whole before anything
 * is told of it. Public only for the reports of the actuator.
 *
 * @since 0.1.0
 */
public final class ConfigRefresh {

	private final Followers followers;

	private final RefreshAnnouncer announcer;

	private volatile ConfigurationStatus status;

	/**
	 * Create a refresh.
	 * @param followers what follows the configuration
	 * @param announcer tells the application
	 * @param revision revision of the configuration in force
	 */
	ConfigRefresh(Followers followers, RefreshAnnouncer announcer, long revision) {
		this.followers = followers;
		this.announcer = announcer;
		this.status = new ConfigurationStatus(revision, revision, 0, 0, null);
	}

	/**
	 * Which revisions have come and which of them is used. Safe for use by any thread.
	 * @return the status
	 */
	public ConfigurationStatus status() {
		return this.status;
	}

	/**
	 * Put a configuration in force if the application can follow it, and else go on with
	 * what there is. To be called by one thread, once all singletons exist.
	 * @param candidate the configuration
	 * @return whether it is in force
	 * @throws InterruptedException if the thread is interrupted, and nothing has changed
	 */
	public boolean apply(Configuration candidate) throws InterruptedException {
		Changes changes;
		try {
			changes = this.followers.follow(candidate);
		}
		catch (RejectedCandidateException ex) {
			reject(candidate.revision(), ex);
			return false;
		}
		RejectedConfiguration former = this.status.rejected();
		this.status = this.status.withApplied(candidate.revision(), !changes.isEmpty());
		if (former != null) {
			this.announcer.healed(candidate.revision());
		}
		if (!changes.isEmpty()) {
			this.announcer.applied(candidate, changes, this.followers.affected(changes));
		}
		else if (former != null) {
			this.announcer.takenBack(candidate.revision());
		}
		return true;
	}

	/**
	 * Go on with what there is, as what etcd holds is no configuration at all. To be
	 * called by the same thread.
	 * @param revision revision of etcd
	 * @param failure what is wrong with it
	 */
	public void reject(long revision, RejectedCandidateException failure) {
		RejectedConfiguration former = this.status.rejected();
		KeyOrigin origin = failure.origin();
		String key = (origin != null) ? origin.key() : null;
		String reason = String.valueOf(failure.getMessage());
		Instant since = (former != null) ? former.since() : Instant.now();
		RejectedConfiguration rejected = new RejectedConfiguration(revision, key, reason, since);
		this.status = this.status.withRejected(rejected);
		this.announcer.rejected(rejected, former);
	}

}
