package io.github.etcdspring.client;

import java.util.concurrent.atomic.AtomicReference;

import io.etcd.jetcd.Client;
import org.jspecify.annotations.Nullable;

/**
 * Client of the import that the application continues to use, so that it connects and
 * authenticates only once.
 */
final class BootstrapClient {

	static final String BEAN_NAME = "etcdBootstrapClient";

	private final EtcdClientFactory factory;

	private final AtomicReference<@Nullable Client> client;

	BootstrapClient(EtcdClientFactory factory, Client client) {
		this.factory = factory;
		this.client = new AtomicReference<>(client);
	}

	/**
	 * Take the client, which the caller then owns.
	 * @param factory the factory of the application
	 * @return the client, {@code null} if the factory would create a different one or the
	 * client has been taken or closed
	 */
	@Nullable Client take(EtcdClientFactory factory) {
		if (!factory.createsSameClientAs(this.factory)) {
			return null;
		}
		this.factory.observedCalls().setObserver(factory.observedCalls().observer());
		return this.client.getAndSet(null);
	}

	/**
	 * Close the client, unless it has been taken.
	 */
	void closeUnlessTaken() {
		Client unused = this.client.getAndSet(null);
		if (unused != null) {
			unused.close();
		}
	}

}
