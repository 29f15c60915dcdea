package io.github.etcdspring.refresh;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEvent;

/**
 * Published after a configuration change from etcd has been rejected. The application
 * keeps the configuration that it has.
 * <p>
 * Published with each revision that cannot be used, on the thread that follows etcd,
 * {@code etcd-mirror-config}: the next change waits until all listeners have returned.
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
	 * The revision of etcd that is not used.
	 * @return the revision
	 */
	public long getRevision() {
		return this.revision;
	}

	/**
	 * The key in etcd that is at fault.
	 * @return the key, {@code null} if it is not known which
	 */
	public @Nullable String getKey() {
		return this.key;
	}

	/**
	 * What is wrong, without any value.
	 * @return the reason
	 */
	public String getReason() {
		return this.reason;
	}

	@Override
	public String toString() {
		return "EtcdConfigurationRejectedEvent[revision=" + this.revision + ", reason=" + this.reason + "]";
	}

}
