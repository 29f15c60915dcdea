package io.github.etcdspring.actuate;

import java.time.Instant;
import java.util.List;

import io.github.etcdspring.refresh.EtcdConfigurationAppliedEvent;
import io.github.etcdspring.refresh.EtcdConfigurationRejectedEvent;
import org.jspecify.annotations.Nullable;

import org.springframework.context.event.EventListener;

/**
 * Remembers the last change of the configuration that was applied, and the last that was
 * rejected.
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
	 * A change that is in force, or was until the next.
	 *
	 * @param revision revision of etcd
	 * @param time when it was applied
	 * @param properties names of the properties that it changed
	 */
	record Applied(long revision, Instant time, List<String> properties) {

	}

	/**
	 * A change that was not used.
	 *
	 * @param revision revision of etcd
	 * @param time when it was rejected
	 * @param key the key at fault, {@code null} if it is not known
	 * @param reason what is wrong with it
	 */
	record Rejected(long revision, Instant time, @Nullable String key, String reason) {

	}

}
