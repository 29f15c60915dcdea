package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.lease.LeaseSession;

/**
 * An instance without an application: an HTTP server, and a key bound to a lease.
 */
final class LightInstance implements AutoCloseable {

	/** Time between the removal of the key and the end of the server. */
	private static final Duration DRAIN = Duration.ofMillis(300);

	private final String id;

	private final InstanceServer server;

	private final LeaseSession session;

	LightInstance(String id, InstanceServer server, TestConnection etcd) {
		this.id = id;
		this.server = server;
		this.session = new LeaseSession(etcd.get(), TestEnvironment.TTL);
	}

	static String key(String id) {
		return "/services/" + Observer.SERVICE + "/" + id;
	}

	void put(int version) {
		this.session.put(key(this.id), value("UP", version));
	}

	private String value(String status, int version) {
		return """
				{"id":"%1$s","name":"%2$s","addr":"127.0.0.1:%3$d","host":"127.0.0.1","port":%3$d,"secure":false,\
				"status":"%4$s","metadata":{"version":"%5$d"}}""".formatted(this.id, Observer.SERVICE,
				this.server.port(), status, version);
	}

	long lease() {
		return this.session.status().lease();
	}

	/**
	 * Shut down in order: first the key, then the server.
	 */
	void stop() {
		try {
			this.session.remove(key(this.id), value("OUT_OF_SERVICE", 0)).get(1, TimeUnit.SECONDS);
		}
		catch (ExecutionException | TimeoutException | CancellationException ex) {
			// etcd is unavailable, and the lease expires
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.session.close();
		TestEnvironment.pause(DRAIN);
	}

	/**
	 * End without removing the key.
	 */
	void crash() {
		this.session.abandon();
	}

	@Override
	public String toString() {
		return this.id + ": " + this.session.status() + " " + this.session.watches();
	}

	@Override
	public void close() {
		this.session.close();
	}

}
