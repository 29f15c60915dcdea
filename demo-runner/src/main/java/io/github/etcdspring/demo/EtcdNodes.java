package io.github.etcdspring.demo;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;

/**
 * The nodes of etcd in the playground: what may be done to them and what comes of it.
 * Whichever ends is started again, as it would be by a service manager.
 */
final class EtcdNodes {

	private static final Duration RESTART_DELAY = Duration.ofSeconds(15);

	private final EtcdCluster etcd;

	private final ProgressLog progress;

	/** When nodes ended. */
	private final Map<EtcdServer, Long> ends = new HashMap<>();

	EtcdNodes(EtcdCluster etcd, ProgressLog progress) {
		this.etcd = etcd;
		this.progress = progress;
	}

	/**
	 * What to try, and what that is.
	 */
	Map<String, String> suggestions() {
		EtcdServer leader = this.etcd.leader();
		String name = (this.etcd.members().size() > 1) ? leader.name() : "etcd";
		Map<String, String> suggestions = new LinkedHashMap<>();
		if (this.etcd.members().size() > 1) {
			suggestions.put("kill -9 " + leader.pid(), name + ", the leader of etcd, crashes: another node leads,"
					+ " and nothing else changes. It is started again after " + RESTART_DELAY.toSeconds() + " s");
		}
		suggestions.put("kill -STOP " + leader.pid(), name + " hangs: the shop goes on with what it knows");
		suggestions.put("kill -CONT " + leader.pid(), name + " goes on, and nobody has lost anything");
		return suggestions;
	}

	/**
	 * Report from now on what becomes of the nodes.
	 * @param status what the others make of it
	 */
	void watch(ApplicationStatus status) {
		Thread thread = new Thread(() -> run(status), "nodes");
		thread.setDaemon(true);
		thread.start();
	}

	private void run(ApplicationStatus status) {
		try {
			while (true) {
				for (EtcdServer node : this.etcd.members()) {
					if (!node.isRunning() && this.ends.putIfAbsent(node, System.nanoTime()) == null) {
						reportEnd(node, status);
					}
				}
				if (this.ends.values().stream().anyMatch((end) -> System.nanoTime() - end > RESTART_DELAY.toNanos())) {
					startAgain(status);
				}
				Thread.sleep(50);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void reportEnd(EtcdServer node, ApplicationStatus status) throws InterruptedException {
		this.progress.log(node.name() + " (process " + node.pid() + ") has ended");
		try {
			EtcdServer leader = this.etcd.leader();
			this.progress.log(leader.name() + " (process " + leader.pid() + ") leads, and " + status.describe());
		}
		catch (IllegalStateException ex) {
			this.progress.log("etcd has no leader, and " + status.describe());
		}
	}

	private void startAgain(ApplicationStatus status) throws InterruptedException {
		try {
			this.etcd.restart();
			this.ends.keySet()
				.forEach((node) -> this.progress.log(node.name() + " is back (process " + node.pid() + ")"));
			this.progress.log("All nodes of etcd serve, and " + status.describe());
		}
		catch (IllegalStateException ex) {
			this.progress.log("Not every node of etcd serves");
		}
		this.ends.clear();
	}

	/**
	 * How the applications fare.
	 */
	@FunctionalInterface
	interface ApplicationStatus {

		String describe() throws InterruptedException;

	}

}
