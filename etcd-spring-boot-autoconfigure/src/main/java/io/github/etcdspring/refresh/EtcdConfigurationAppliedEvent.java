package io.github.etcdspring.refresh;

import java.util.Set;

import org.springframework.context.ApplicationEvent;

/**
 * Published after a configuration change from etcd has been applied to the application.
 * Contains no values: read them from the {@link org.springframework.core.env.Environment
 * Environment}.
 * <p>
 * Published on the thread that watches etcd, {@code etcd-mirror-config}. The next change
 * waits until all listeners have returned.
 *
 * @since 0.1.0
 */
public final class EtcdConfigurationAppliedEvent extends ApplicationEvent {

	private static final long serialVersionUID = 1L;

	private final long revision;

	private final transient Set<String> keys;

	EtcdConfigurationAppliedEvent(Object source, long revision, Set<String> keys) {
		super(source);
		this.revision = revision;
		this.keys = Set.copyOf(keys);
	}

	/**
	 * Return the revision of etcd that the application now uses.
	 * @return the revision
	 */
	public long getRevision() {
		return this.revision;
	}

	/**
	 * Return the names of the changed properties.
	 * @return the names, unmodifiable; empty if a rejected change was reverted in etcd
	 */
	public Set<String> getKeys() {
		return this.keys;
	}

	@Override
	public String toString() {
		return "EtcdConfigurationAppliedEvent[revision=" + this.revision + ", keys=" + this.keys + "]";
	}

}
