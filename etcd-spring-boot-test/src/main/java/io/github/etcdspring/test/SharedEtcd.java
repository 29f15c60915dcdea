package io.github.etcdspring.test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.test.EtcdGateway.Written;
import io.github.etcdspring.testsupport.TcpProxy;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/**
 * The etcd of all tests in the JVM with the same image. Applications connect through a
 * proxy, which can cut the connection; keys are written without it. Thread-safe.
 */
final class SharedEtcd {

	private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

	/** Operations in a transaction that etcd permits by default. */
	private static final int MAX_OPERATIONS = 128;

	private static final Map<String, SharedEtcd> INSTANCES = new HashMap<>();

	private final EtcdNode node;

	private final TcpProxy proxy;

	private final Map<String, Long> revisions = new LinkedHashMap<>();

	/** Instances that tests have registered, by key. */
	private final Map<String, EtcdServiceInstance> instances = new LinkedHashMap<>();

	/** Former values of the keys written by the current class and the current test. */
	private final Deque<Map<String, Optional<String>>> journal = new ArrayDeque<>();

	/** The keys of the annotation of the current class. */
	private Map<String, String> baseline = Map.of();

	private boolean killed;

	private boolean frozen;

	private boolean cut;

	private SharedEtcd(EtcdNode node) {
		this.node = node;
		this.proxy = TcpProxy.to(node.address());
	}

	/**
	 * Return the etcd with an image. It is started on first use, and closed after the
	 * applications when the JVM exits.
	 * @param image the image, empty for a process
	 * @return the etcd
	 */
	static SharedEtcd of(String image) {
		synchronized (INSTANCES) {
			return INSTANCES.computeIfAbsent(image, SharedEtcd::start);
		}
	}

	private static SharedEtcd start(String image) {
		SharedEtcd etcd = new SharedEtcd((image.isEmpty()) ? new EtcdProcessNode() : container(image));
		SpringApplication.getShutdownHandlers().add(etcd::close);
		return etcd;
	}

	private static EtcdNode container(String image) {
		Assert.state(
				ClassUtils.isPresent("org.testcontainers.containers.GenericContainer",
						SharedEtcd.class.getClassLoader()),
				() -> "@WithEtcd(image = \"" + image
						+ "\") requires Testcontainers. Add the test dependency org.testcontainers:testcontainers, or"
						+ " remove the image to use a process.");
		return new EtcdContainerNode(image);
	}

	/**
	 * Return the endpoint for applications, which stays the same across faults.
	 */
	String endpoint() {
		return "http://127.0.0.1:" + this.proxy.port();
	}

	/**
	 * Replace the keys of the previous test class. Does nothing if they are the same.
	 * @param keys the keys of the annotation
	 */
	synchronized void replaceBaseline(Map<String, String> keys) {
		Map<String, Optional<String>> changes = new LinkedHashMap<>();
		this.baseline.keySet().forEach((key) -> changes.put(key, Optional.empty()));
		keys.forEach((key, value) -> changes.put(key, Optional.of(value)));
		changes.entrySet().removeIf((change) -> change.getValue().equals(Optional.ofNullable(read(change.getKey()))));
		sendInBatches(changes);
		this.baseline = keys;
	}

	/** Starts a scope, at whose end the keys get their present values. */
	synchronized void begin() {
		this.journal.push(new LinkedHashMap<>());
	}

	/** Ends all faults, and restores the keys written since {@link #begin()}. */
	synchronized void end() {
		reconnect();
		if (this.killed) {
			restart();
		}
		thaw();
		sendInBatches(this.journal.pop());
	}

	synchronized long write(Map<String, Optional<String>> changes) {
		Written written = send(changes);
		Map<String, Optional<String>> scope = this.journal.peek();
		if (scope != null) {
			written.former().forEach(scope::putIfAbsent);
		}
		return written.revision();
	}

	private void sendInBatches(Map<String, Optional<String>> changes) {
		Map<String, Optional<String>> batch = new LinkedHashMap<>();
		changes.forEach((key, value) -> {
			batch.put(key, value);
			if (batch.size() == MAX_OPERATIONS) {
				send(batch);
				batch.clear();
			}
		});
		if (!batch.isEmpty()) {
			send(batch);
		}
	}

	private Written send(Map<String, Optional<String>> changes) {
		requireServing("write " + changes.keySet());
		try {
			Written written = gateway().write(changes);
			changes.keySet().forEach((key) -> this.revisions.put(key, written.revision()));
			return written;
		}
		catch (IOException ex) {
			throw new IllegalStateException("Failed to write " + changes.keySet() + " to etcd: " + ex.getMessage(), ex);
		}
	}

	synchronized @Nullable String read(String key) {
		requireServing("read " + key);
		try {
			return gateway().read(key);
		}
		catch (IOException ex) {
			throw new IllegalStateException("Failed to read " + key + " from etcd: " + ex.getMessage(), ex);
		}
	}

	private void requireServing(String action) {
		Assert.state(!this.killed, () -> "Cannot " + action + ": etcd has been killed. Call restart() before.");
		Assert.state(!this.frozen, () -> "Cannot " + action + ": etcd is frozen. Call thaw() before.");
	}

	/**
	 * Return the last revision of the written keys, by key.
	 */
	synchronized Map<String, Long> revisions() {
		return Map.copyOf(this.revisions);
	}

	synchronized void remember(EtcdServiceInstance instance, String key) {
		this.instances.put(key, instance);
	}

	/**
	 * Return the instances that have been registered, and deregistered since the last
	 * call.
	 */
	synchronized List<EtcdServiceInstance> takeDeregistered() {
		List<EtcdServiceInstance> deregistered = new ArrayList<>();
		this.instances.entrySet()
			.removeIf((entry) -> read(entry.getKey()) == null && deregistered.add(entry.getValue()));
		return deregistered;
	}

	/**
	 * Describe the current fault.
	 * @return the end of a sentence, empty if there is no fault
	 */
	synchronized String fault() {
		if (this.killed) {
			return " etcd has been killed: call restart().";
		}
		if (this.frozen) {
			return " etcd is frozen: call thaw().";
		}
		return (this.cut) ? " The connection to etcd is cut: call reconnect()." : "";
	}

	synchronized void kill() {
		if (!this.killed) {
			this.node.kill();
			this.killed = true;
			this.frozen = false;
		}
	}

	synchronized void restart() {
		kill();
		this.node.start();
		this.killed = false;
		this.proxy.redirect(this.node.address());
		awaitServing();
	}

	private void awaitServing() {
		IOException failure = Polling.until(START_TIMEOUT, () -> {
			try {
				gateway().read("/");
				return null;
			}
			catch (IOException ex) {
				return ex;
			}
		});
		if (failure != null) {
			throw new IllegalStateException(
					"etcd does not respond " + START_TIMEOUT.toSeconds() + " s after its restart", failure);
		}
	}

	synchronized void freeze() {
		Assert.state(!this.killed, "Cannot freeze etcd: it has been killed. Call restart() before.");
		if (!this.frozen) {
			this.node.freeze();
			this.frozen = true;
		}
	}

	synchronized void thaw() {
		if (this.frozen) {
			this.node.thaw();
			this.frozen = false;
		}
	}

	synchronized void cut() {
		if (!this.cut) {
			this.proxy.drop();
			this.cut = true;
		}
	}

	synchronized void reconnect() {
		if (this.cut) {
			this.proxy.restore();
			this.cut = false;
		}
	}

	private EtcdGateway gateway() {
		return new EtcdGateway(this.node.address());
	}

	private synchronized void close() {
		this.proxy.close();
		this.node.close();
	}

}
