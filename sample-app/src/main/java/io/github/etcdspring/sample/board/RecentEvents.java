package io.github.etcdspring.sample.board;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * Keeps the most recent events that the board lists.
 */
@Component
@Profile("consumer")
final class RecentEvents {

	private static final int MAX_ITEMS = 50;

	private final Deque<Item> items = new ArrayDeque<>();

	private long last;

	synchronized void add(Kind kind, String text) {
		this.items.addFirst(new Item(++this.last, Instant.now(), kind, text));
		while (this.items.size() > MAX_ITEMS) {
			this.items.removeLast();
		}
	}

	/**
	 * Return the events.
	 * @return the events, newest first
	 */
	synchronized List<Item> items() {
		return List.copyOf(this.items);
	}

	/**
	 * Kind of an event.
	 */
	enum Kind {

		/** Services and instances. */
		INSTANCE,

		/** An applied configuration change. */
		APPLIED,

		/** A rejected configuration change. */
		REJECTED

	}

	/**
	 * An event.
	 *
	 * @param number sequence number
	 * @param time time of the event
	 * @param kind kind of the event
	 * @param text description
	 */
	record Item(long number, Instant time, Kind kind, String text) {

	}

}
