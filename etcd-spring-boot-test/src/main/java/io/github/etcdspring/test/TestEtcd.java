package io.github.etcdspring.test;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationContext;
import org.springframework.util.Assert;

/**
 * The etcd of a test with {@link WithEtcd @WithEtcd}: keys, instances and faults.
 * <p>
 * Methods that write or read throw {@link IllegalStateException} while etcd is killed or
 * frozen, and if it does not respond within 5 seconds; a cut connection affects only the
 * applications. Written keys get their former values after the test, or after the class
 * if they were written in a {@code @BeforeAll} method. Faults end after the test.
 * <p>
 * Thread-safe. All methods block the calling thread.
 *
 * @since 0.1.0
 */
public final class TestEtcd {

	private final SharedEtcd etcd;

	private final ObservedApplication application;

	private final Duration timeout;

	TestEtcd(SharedEtcd etcd, ObservedApplication application, Duration timeout) {
		this.etcd = etcd;
		this.application = application;
		this.timeout = timeout;
	}

	/**
	 * Return this etcd for an application that the test has started itself. Writes and
	 * instances then wait for that application, instead of that of a Spring test.
	 * @param context the application, which must use {@link #endpoint()}
	 * @return the same etcd
	 */
	public TestEtcd forApplication(ApplicationContext context) {
		return new TestEtcd(this.etcd, new ObservedApplication(this.etcd, () -> context, this.timeout), this.timeout);
	}

	/**
	 * Return the client URL, for {@code spring.cloud.etcd.endpoints} of an application
	 * that the test starts itself. It stays the same across faults.
	 * @return a URL such as {@code http://127.0.0.1:23790}
	 */
	public String endpoint() {
		return this.etcd.endpoint();
	}

	/**
	 * Write a key.
	 * @param key the full key, such as {@code /config/orders/greeting}
	 * @param value the value
	 * @return the write, to wait for the application
	 */
	public TestWrite put(String key, String value) {
		return put(Map.of(key, value));
	}

	/**
	 * Write several keys in one transaction, which is one change to an application.
	 * @param values values by key, at least one
	 * @return the write, to wait for the application
	 */
	public TestWrite put(Map<String, String> values) {
		Assert.notEmpty(values, "'values' must not be empty");
		return write(values.entrySet()
			.stream()
			.collect(Collectors.toMap(Map.Entry::getKey, (entry) -> Optional.of(entry.getValue()))));
	}

	/**
	 * Delete a key, whether or not it exists.
	 * @param key the full key
	 * @return the write, to wait for the application
	 */
	public TestWrite delete(String key) {
		return write(Map.of(key, Optional.empty()));
	}

	private TestWrite write(Map<String, Optional<String>> changes) {
		changes.keySet().forEach((key) -> Assert.hasLength(key, "'key' must not be empty"));
		return new TestWrite(this.application, changes.keySet(), this.etcd.write(changes));
	}

	/**
	 * Read a key.
	 * @param key the full key
	 * @return the value, {@code null} if the key does not exist
	 */
	public @Nullable String get(String key) {
		Assert.hasLength(key, "'key' must not be empty");
		return this.etcd.read(key);
	}

	/**
	 * Register an instance of another service, under the prefix of the application. The
	 * test provides the server, if it is called. The instance remains until it is closed,
	 * or until the end of the test.
	 * @param service name of the service
	 * @param host host name or address
	 * @param port port between 1 and 65535
	 * @return the instance, to wait for the application
	 */
	public TestServiceInstance register(String service, String host, int port) {
		return TestServiceInstance.register(this.etcd, this.application, service, host, port);
	}

	/**
	 * Kill etcd, as a crash would: connections are reset, and new ones are refused.
	 */
	public void kill() {
		this.etcd.kill();
	}

	/**
	 * Start etcd with the same data and endpoint, and wait until it responds. A running
	 * etcd is killed before.
	 * @throws IllegalStateException if it does not respond within 60 seconds
	 */
	public void restart() {
		this.etcd.restart();
	}

	/**
	 * Suspend etcd: connections stay open and new ones are accepted, but nothing
	 * responds.
	 * @throws IllegalStateException if etcd is killed
	 */
	public void freeze() {
		this.etcd.freeze();
	}

	/**
	 * Resume a frozen etcd. Does nothing if it is not frozen.
	 */
	public void thaw() {
		this.etcd.thaw();
	}

	/**
	 * Cut the connection between applications and etcd, as an unplugged cable would:
	 * packets are dropped, so requests and attempts to connect time out. The test itself
	 * can still write.
	 */
	public void cut() {
		this.etcd.cut();
	}

	/**
	 * Restore a cut connection. Does nothing if it is not cut.
	 */
	public void reconnect() {
		this.etcd.reconnect();
	}

	@Override
	public String toString() {
		return "TestEtcd[" + endpoint() + "]";
	}

}
