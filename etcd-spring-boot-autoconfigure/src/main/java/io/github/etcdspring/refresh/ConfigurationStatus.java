package io.github.etcdspring.refresh;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Revision of the configuration that is applied, and why a newer one is not.
 *
 * @param appliedRevision revision that the application uses
 * @param seenRevision newest revision that has been received
 * @param applied number of changes applied since the start
 * @param rejections number of changes rejected since the start
 * @param rejected why the newest revision is not applied, {@code null} if it is
 * @since 0.1.0
 */
public record ConfigurationStatus(long appliedRevision, long seenRevision, long applied, long rejections,
		@Nullable Rejected rejected) {

	ConfigurationStatus withApplied(long revision, boolean changed) {
		return new ConfigurationStatus(revision, revision, (changed) ? this.applied + 1 : this.applied, this.rejections,
				null);
	}

	ConfigurationStatus withRejected(Rejected rejected) {
		return new ConfigurationStatus(this.appliedRevision, rejected.revision(), this.applied, this.rejections + 1,
				rejected);
	}

	/**
	 * A configuration that has been rejected.
	 *
	 * @param revision the rejected revision
	 * @param key the key at fault, {@code null} if it is not known
	 * @param reason the reason, which never contains a value
	 * @param since time of the first rejection since the last applied change
	 * @since 0.1.0
	 */
	public record Rejected(long revision, @Nullable String key, String reason, Instant since) {

	}

}
