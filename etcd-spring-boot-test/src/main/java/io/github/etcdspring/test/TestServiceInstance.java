package io.github.etcdspring.test;

import java.util.Map;
import java.util.Optional;

import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceFormat;

/**
 * An instance of a service that a test has registered in etcd.
 *
 * @since 0.1.0
 */
public final class TestServiceInstance implements AutoCloseable {

	private final SharedEtcd etcd;

	private final ObservedApplication application;

	private final EtcdServiceInstance instance;

	private final String key;

	private TestServiceInstance(SharedEtcd etcd, ObservedApplication application, EtcdServiceInstance instance,
			String key) {
		this.etcd = etcd;
		this.application = application;
		this.instance = instance;
		this.key = key;
	}

	static TestServiceInstance register(SharedEtcd etcd, ObservedApplication application, String service, String host,
			int port) {
		EtcdServiceInstance instance = new EtcdServiceInstance(service, host + ":" + port, host, port, false,
				EtcdServiceInstance.UP, Map.of());
		String key = application.instanceKeys().key(service, instance.instanceId());
		etcd.write(Map.of(key, Optional.of(InstanceFormat.write(instance))));
		etcd.remember(instance, key);
		return new TestServiceInstance(etcd, application, instance, key);
	}

	/**
	 * Return the instance id, which is host and port.
	 * @return the id
	 */
	public String id() {
		return this.instance.instanceId();
	}

	/**
	 * Return the key in etcd.
	 * @return the key, such as {@code /services/stock/127.0.0.1:8081}
	 */
	public String key() {
		return this.key;
	}

	/**
	 * Wait until the application knows this instance. Blocks for the
	 * {@link WithEtcd#timeout() timeout} at most.
	 * @return this instance
	 * @throws AssertionError if the application does not know it in time
	 * @throws IllegalStateException if the application does not discover services from
	 * etcd, or the test has no application
	 */
	public TestServiceInstance awaitDiscovered() {
		this.application.awaitDiscovered(this.instance);
		return this;
	}

	/**
	 * Wait until the application no longer knows this instance. Blocks for the
	 * {@link WithEtcd#timeout() timeout} at most.
	 * @throws AssertionError if the application still knows it then
	 * @throws IllegalStateException as {@link #awaitDiscovered()}
	 */
	public void awaitRemoved() {
		this.application.awaitRemoved(this.instance);
	}

	/**
	 * Deregister the instance. Does not wait for the application.
	 */
	@Override
	public void close() {
		this.etcd.write(Map.of(this.key, Optional.empty()));
	}

	@Override
	public String toString() {
		return "TestServiceInstance[" + this.key + "]";
	}

}
