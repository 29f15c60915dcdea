package io.github.etcdspring.test;

import java.util.Set;

import io.github.etcdspring.refresh.ConfigurationStatus;

/**
 * A write of configuration by a test, that the application is about to apply or reject.
 *
 * @since 0.1.0
 */
public final class TestWrite {

	private final ObservedApplication application;

	private final Set<String> keys;

	private final long revision;

	TestWrite(ObservedApplication application, Set<String> keys, long revision) {
		this.application = application;
		this.keys = Set.copyOf(keys);
		this.revision = revision;
	}

	/**
	 * Return the revision of etcd at which the keys were written.
	 * @return the revision
	 */
	public long revision() {
		return this.revision;
	}

	/**
	 * Wait until the application has applied this write, so that its {@code Environment}
	 * and all beans follow it. Blocks for the {@link WithEtcd#timeout() timeout} at most.
	 * @throws AssertionError if the application rejects the write or a newer one, with
	 * the key and the reason, or does not apply it in time
	 * @throws IllegalStateException if the application does not import one of the keys,
	 * or the test has no application
	 */
	public void awaitApplied() {
		this.application.awaitApplied(this.keys, this.revision);
	}

	/**
	 * Wait until the application has rejected this write and keeps its last valid
	 * configuration. Blocks for the {@link WithEtcd#timeout() timeout} at most.
	 * @return the key and the reason
	 * @throws AssertionError if the application applies the write, or does not reject it
	 * in time
	 * @throws IllegalStateException as {@link #awaitApplied()}
	 */
	public ConfigurationStatus.Rejected awaitRejected() {
		return this.application.awaitRejected(this.keys, this.revision);
	}

	@Override
	public String toString() {
		return "TestWrite[keys=" + this.keys + ", revision=" + this.revision + "]";
	}

}
