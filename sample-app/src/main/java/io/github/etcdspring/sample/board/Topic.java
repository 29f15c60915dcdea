package io.github.etcdspring.sample.board;

import java.util.Locale;

/**
 * A part of the board that is updated independently of the others.
 */
enum Topic {

	/** Services and their instances. */
	INSTANCES,

	/** The applied configuration and the rejected change. */
	CONFIGURATION,

	/** Recent events. */
	EVENTS,

	/** Calls of the last minute and the state of the connection to etcd. */
	STATUS;

	/** Returns the name of its server-sent events. */
	String event() {
		return name().toLowerCase(Locale.ROOT);
	}

}
