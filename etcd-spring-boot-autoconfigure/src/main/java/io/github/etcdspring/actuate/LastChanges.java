package io.github.etcdspring.actuate;

import java.time.Instant;
import java.util.List;

import io.github.etcdspring.refresh.EtcdConfigurationAppliedEvent;
import io.github.etcdspring.refresh.EtcdConfigurationRejectedEvent;
import org.jspecify.annotations.Nullable;

import org.springframework.context.event.EventListener;

/**
 * Records the last applied and the last rejected configuration change.
 */
final class LastChanges {

	private volatile @Nullable Applied applied;

	private volatile @Nullable Rejected rejected;

	@EventListener
	void applied(EtcdConfigurationAppliedEvent event) {
		if (!event.getKeys().isEmpty()) {
			this.applied = new Applied(event.getRevision(), Instant.ofEpochMilli(event.getTimestamp()),
					event.getKeys().stream().sorted().toList());
		}
	}

	@EventListener
	void rejected(EtcdConfigurationRejectedEvent event) {
		this.rejected = new Rejected(event.getRevision(), Instant.ofEpochMilli(event.getTimestamp()), event.getKey(),
				event.getReason());
	}

	@Nullable Applied applied() {
		return this.applied;
	}

	@Nullable Rejected rejected() {
		return this.rejected;
	}

	/**
	 * Applied configuration change.
	 *
	 * @param revision revision of etcd
	 * @param time when the change was applied
	 * @param properties names of the changed properties
	 */
	record Applied(long revision, Instant time, List<String> properties) {

	}

	/**
	 * Rejected configuration change.
	 *
	 * @param revision revision of etcd
	 * @param time when the change was rejected
	 * @param key the invalid key, {@code null} if it is unknown
	 * @param reason why the change was rejected
	 */
	record Rejected(long revision, Instant time, @Nullable String key, String reason) {

	}

}
