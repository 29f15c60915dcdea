package io.github.etcdspring.sample.board;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * What has happened lately, in words.
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
	 * The items.
	 * @return the newest first
	 */
	synchronized List<Item> items() {
		return List.copyOf(this.items);
	}

	/**
	 * What an item is about.
	 */
	enum Kind {

		/** Services and instances. */
		INSTANCE,

		/** A configuration that is in force. */
		APPLIED,

		/** A configuration that is not. */
		REJECTED

	}

	/**
	 * Something that has happened.
	 *
	 * @param number tells items apart, later ones have higher numbers
	 * @param time when it happened
	 * @param kind what it is about
	 * @param text what happened
	 */
	record Item(long number, Instant time, Kind kind, String text) {

	}

}
