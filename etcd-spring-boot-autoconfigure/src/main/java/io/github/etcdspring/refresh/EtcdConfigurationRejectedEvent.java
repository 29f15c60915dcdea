package io.github.etcdspring.refresh;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEvent;

/**
 * Published after a configuration change from etcd has been rejected. The application
 * keeps its configuration.
 * <p>
 * Published for each rejected revision, on the thread that watches etcd,
 * {@code etcd-mirror-config}. The next change waits until all listeners have returned.
 *
 * @since 0.1.0
 */
public final class EtcdConfigurationRejectedEvent extends ApplicationEvent {

	private static final long serialVersionUID = 1L;

	private final long revision;

	private final @Nullable String key;

	private final String reason;

	EtcdConfigurationRejectedEvent(Object source, ConfigurationStatus.Rejected rejected) {
		super(source);
		this.revision = rejected.revision();
		this.key = rejected.key();
		this.reason = rejected.reason();
	}

	/**
	 * Return the rejected revision of etcd.
	 * @return the revision
	 */
	public long getRevision() {
		return this.revision;
	}

	/**
	 * Return the key in etcd that caused the rejection.
	 * @return the key, {@code null} if it is not known
	 */
	public @Nullable String getKey() {
		return this.key;
	}

	/**
	 * Return the reason for the rejection.
	 * @return the reason, which never contains a value
	 */
	public String getReason() {
		return this.reason;
	}

	@Override
	public String toString() {
		return "EtcdConfigurationRejectedEvent[revision=" + this.revision + ", reason=" + this.reason + "]";
	}

}
