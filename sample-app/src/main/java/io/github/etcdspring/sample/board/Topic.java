package io.github.etcdspring.sample.board;

import java.util.Locale;

/**
 * A part of the board that changes at its own pace.
 */
enum Topic {

	/** Services and their instances. */
	INSTANCES,

	/** The configuration in force, and what is not. */
	CONFIGURATION,

	/** What has happened lately. */
	EVENTS,

	/** Calls of the last minute, and how the shop stands with etcd. */
	STATUS;

	/** The name of its events. */
	String event() {
		return name().toLowerCase(Locale.ROOT);
	}

}
