package io.github.etcdspring.demo;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;

/**
 * Watches the etcd nodes of the interactive demo, reports exits and leader changes, and
 * restarts nodes after a delay, as a service manager would.
 */
final class EtcdNodes {

	private static final Duration RESTART_DELAY = Duration.ofSeconds(15);

	private final EtcdCluster etcd;

	private final ProgressLog progress;

	/** Exit times by node. */
	private final Map<EtcdServer, Long> ends = new HashMap<>();

	EtcdNodes(EtcdCluster etcd, ProgressLog progress) {
		this.etcd = etcd;
		this.progress = progress;
	}

	/**
	 * Return commands to try, with a description each.
	 */
	Map<String, String> suggestions() {
		EtcdServer leader = this.etcd.leader();
		String name = (this.etcd.members().size() > 1) ? leader.name() : "etcd";
		Map<String, String> suggestions = new LinkedHashMap<>();
		if (this.etcd.members().size() > 1) {
			suggestions.put("kill -9 " + leader.pid(),
					"crash the etcd leader " + name + ": another node takes over and no request fails;"
							+ " it is restarted after " + RESTART_DELAY.toSeconds() + " s");
		}
		suggestions.put("kill -STOP " + leader.pid(),
				"freeze " + name + ": the shop keeps calling the last known instances");
		suggestions.put("kill -CONT " + leader.pid(), "resume " + name + ": the applications catch up with etcd");
		return suggestions;
	}

	/**
	 * Start watching and reporting.
	 * @param status describes the applications in each report
	 */
	void watch(ApplicationStatus status) {
		Thread thread = new Thread(() -> run(status), "etcd-nodes");
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
		this.progress.log(node.name() + " (process " + node.pid() + ") exited");
		try {
			EtcdServer leader = this.etcd.leader();
			this.progress.log(leader.name() + " (process " + leader.pid() + ") is the leader; " + status.describe());
		}
		catch (IllegalStateException ex) {
			this.progress.log("etcd has no leader; " + status.describe());
		}
	}

	private void startAgain(ApplicationStatus status) throws InterruptedException {
		try {
			this.etcd.restart();
			this.ends.keySet()
				.forEach((node) -> this.progress.log(node.name() + " restarted (process " + node.pid() + ")"));
			this.progress.log("All etcd nodes are serving; " + status.describe());
		}
		catch (IllegalStateException ex) {
			this.progress.log("Not all etcd nodes are serving");
		}
		this.ends.clear();
	}

	/**
	 * Describes the state of the applications.
	 */
	@FunctionalInterface
	interface ApplicationStatus {

		String describe() throws InterruptedException;

	}

}
