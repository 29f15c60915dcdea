package io.github.etcdspring.demo;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Looks again and again whom the shop knows, and remembers who was missing.
 */
final class Attendance implements AutoCloseable {

	private static final long INTERVAL_MILLIS = 20;

	private final Shop shop;

	private final Set<String> expected;

	private final Set<String> missed = ConcurrentHashMap.newKeySet();

	private final Thread looking = new Thread(this::look, "attendance");

	private final AtomicInteger looks = new AtomicInteger();

	private Attendance(Shop shop, Set<String> expected) {
		this.shop = shop;
		this.expected = expected;
	}

	/**
	 * Expect those to be known at all times that are known now.
	 */
	static Attendance of(Shop shop) throws InterruptedException {
		Attendance attendance = new Attendance(shop, shop.instances());
		attendance.looking.setDaemon(true);
		attendance.looking.start();
		return attendance;
	}

	private void look() {
		try {
			while (true) {
				Set<String> known = this.shop.instances();
				this.expected.stream().filter((instance) -> !known.contains(instance)).forEach(this.missed::add);
				this.looks.incrementAndGet();
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
	Attendance end() throws InterruptedException {
		close();
		this.looking.join();
		return this;
	}

	/**
	 * Whether all were there whenever somebody looked.
	 */
	boolean complete() {
		return this.looks.get() > 0 && this.missed.isEmpty();
	}

	@Override
	public void close() {
		this.looking.interrupt();
	}

	@Override
	public String toString() {
		return "in " + this.looks + " looks at it, missing: " + ((this.missed.isEmpty()) ? "none" : this.missed);
	}

}
