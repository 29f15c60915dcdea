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
final class Nodes {

	private static final Duration DOWN = Duration.ofSeconds(15);

	private final EtcdCluster etcd;

	private final Progress progress;

	/** When nodes ended. */
	private final Map<EtcdServer, Long> ends = new HashMap<>();

	Nodes(EtcdCluster etcd, Progress progress) {
		this.etcd = etcd;
		this.progress = progress;
	}

	/**
	 * What to try, and what that is.
	 */
	Map<String, String> tries() {
		EtcdServer leader = this.etcd.leader();
		String name = (this.etcd.members().size() > 1) ? leader.name() : "etcd";
		Map<String, String> tries = new LinkedHashMap<>();
		if (this.etcd.members().size() > 1) {
			tries.put("kill -9 " + leader.pid(), name + ", the leader of etcd, crashes: another node leads,"
					+ " and nothing else changes. It is started again after " + DOWN.toSeconds() + " s");
		}
		tries.put("kill -STOP " + leader.pid(), name + " hangs: the shop goes on with what it knows");
		tries.put("kill -CONT " + leader.pid(), name + " goes on, and nobody has lost anything");
		return tries;
	}

	/**
	 * Report from now on what becomes of the nodes.
	 * @param others what the others make of it
	 */
	void watch(Others others) {
		Thread thread = new Thread(() -> run(others), "nodes");
		thread.setDaemon(true);
		thread.start();
	}

	private void run(Others others) {
		try {
			while (true) {
				for (EtcdServer node : this.etcd.members()) {
					if (!node.isRunning() && this.ends.putIfAbsent(node, System.nanoTime()) == null) {
						reportEnd(node, others);
					}
				}
				if (this.ends.values().stream().anyMatch((end) -> System.nanoTime() - end > DOWN.toNanos())) {
					startAgain(others);
				}
				Thread.sleep(50);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void reportEnd(EtcdServer node, Others others) throws InterruptedException {
		this.progress.say(node.name() + " (process " + node.pid() + ") has ended");
		try {
			EtcdServer leader = this.etcd.leader();
			this.progress.say(leader.name() + " (process " + leader.pid() + ") leads, and " + others.describe());
		}
		catch (IllegalStateException ex) {
			this.progress.say("etcd has no leader, and " + others.describe());
		}
	}

	private void startAgain(Others others) throws InterruptedException {
		try {
			this.etcd.restart();
			this.ends.keySet()
				.forEach((node) -> this.progress.say(node.name() + " is back (process " + node.pid() + ")"));
			this.progress.say("All nodes of etcd serve, and " + others.describe());
		}
		catch (IllegalStateException ex) {
			this.progress.say("Not every node of etcd serves");
		}
		this.ends.clear();
	}

	/**
	 * How the applications fare.
	 */
	@FunctionalInterface
	interface Others {

		String describe() throws InterruptedException;

	}

}
