package io.github.etcdspring.demo;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Looks again and again whom the shop knows, and remembers who was missing.
 */
final class InstanceMonitor implements AutoCloseable {

	private static final long INTERVAL_MILLIS = 20;

	private final ShopClient shop;

	private final Set<String> expected;

	private final Set<String> missed = ConcurrentHashMap.newKeySet();

	private final Thread poller = new Thread(this::poll, "attendance");

	private final AtomicInteger polls = new AtomicInteger();

	private InstanceMonitor(ShopClient shop, Set<String> expected) {
		this.shop = shop;
		this.expected = expected;
	}

	/**
	 * Expect those to be known at all times that are known now.
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
			// nobody looks any more
		}
	}

	/**
	 * Look no more.
	 */
	InstanceMonitor stop() throws InterruptedException {
		close();
		this.poller.join();
		return this;
	}

	/**
	 * Whether all were there whenever somebody looked.
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
		return "in " + this.polls + " looks at it, missing: " + ((this.missed.isEmpty()) ? "none" : this.missed);
	}

}
