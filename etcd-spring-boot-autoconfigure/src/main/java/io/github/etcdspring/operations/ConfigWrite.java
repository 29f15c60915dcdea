package io.github.etcdspring.operations;

import java.time.Duration;

/**
 * A write that has taken effect in etcd, and that the running applications are about to
 * apply or reject.
 *
 * @since 0.1.0
 */
public interface ConfigWrite {

	/**
	 * Return when the write took effect.
	 * @return revision of etcd
	 */
	long revision();

	/**
	 * Wait until each live instance that imports one of the written keys has applied or
	 * rejected the write. Instances publish that within about a second, see
	 * {@code spring.cloud.etcd.fleet}; others, such as those without permission to
	 * publish, are not known. Blocks the calling thread.
	 * @param timeout how long to wait
	 * @return which instances have applied or rejected the write, or have not answered in
	 * time
	 * @throws EtcdConfigException if the instances cannot be read, or if the thread is
	 * interrupted; the write has taken effect nevertheless
	 */
	WriteOutcome await(Duration timeout);

}
