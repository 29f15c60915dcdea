package io.github.etcdspring.refresh;

import org.jspecify.annotations.Nullable;

/**
 * How the application stands to what etcd holds.
 *
 * @param appliedRevision revision of etcd that the application uses
 * @param seenRevision newest revision that has come
 * @param applied how many changes have been applied since the start
 * @param rejections how many have been rejected since the start
 * @param rejected why the newest is not used, {@code null} if it is
 * @since 0.1.0
 */
public record ConfigurationStatus(long appliedRevision, long seenRevision, long applied, long rejections,
		@Nullable RejectedConfiguration rejected) {

	ConfigurationStatus withApplied(long revision, boolean changed) {
		return new ConfigurationStatus(revision, revision, (changed) ? this.applied + 1 : this.applied, this.rejections,
				null);
	}

	ConfigurationStatus withRejected(RejectedConfiguration rejected) {
		return new ConfigurationStatus(this.appliedRevision, rejected.revision(), this.applied, this.rejections + 1,
				rejected);
	}

}
