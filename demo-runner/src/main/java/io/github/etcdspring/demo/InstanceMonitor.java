package io.github.etcdspring.demo;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Polls the instances known to the shop and records those that disappear.
 */
final class InstanceMonitor implements AutoCloseable {

	private static final long INTERVAL_MILLIS = 20;

	private final ShopClient shop;

	private final Set<String> expected;

	private final Set<String> missed = ConcurrentHashMap.newKeySet();

	private final Thread poller = new Thread(this::poll, "instance-monitor");

	private final AtomicInteger polls = new AtomicInteger();

	private InstanceMonitor(ShopClient shop, Set<String> expected) {
		this.shop = shop;
		this.expected = expected;
	}

	/**
	 * Start polling. All instances known now are expected in every poll.
	 */
	static InstanceMonitor start(ShopClient shop) throws InterruptedException {
		InstanceMonitor monitor = new InstanceMonitor(shop, shop.instances());
		monitor.poller.setDaemon(true);
		monitor.poller.start();
		return monitor;
	}

	private void poll() {
		try {
			while (true) {
				Set<String> known = this.shop.instances();
				this.expected.stream().filter((instance) -> !known.contains(instance)).forEach(this.missed::add);
				this.polls.incrementAndGet();
				Thread.sleep(INTERVAL_MILLIS);
			}
		}
		catch (IllegalStateException ex) {
			this.missed.add("the shop");
		}
		catch (InterruptedException ex) {
			// stopped
		}
	}

	/**
	 * Stop polling.
	 */
	InstanceMonitor stop() throws InterruptedException {
		close();
		this.poller.join();
		return this;
	}

	/**
	 * Return whether every poll has found all instances.
	 */
	boolean isComplete() {
		return this.polls.get() > 0 && this.missed.isEmpty();
	}

	@Override
	public void close() {
		this.poller.interrupt();
	}

	@Override
	public String toString() {
		return this.polls + " polls, missing instances: " + ((this.missed.isEmpty()) ? "none" : this.missed);
	}

}
