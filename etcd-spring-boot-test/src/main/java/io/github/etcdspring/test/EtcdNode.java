package io.github.etcdspring.test;

import java.net.InetSocketAddress;

/**
 * An etcd server that can be killed, restarted and frozen. Not thread-safe.
 */
interface EtcdNode extends AutoCloseable {

	/**
	 * Return the address for clients, which may change when the server restarts.
	 */
	InetSocketAddress address();

	void kill();

	/**
	 * Start the server, which must have been killed, with the same data.
	 */
	void start();

	void freeze();

	void thaw();

	@Override
	void close();

}
