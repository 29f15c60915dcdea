package io.github.etcdspring.console;

/**
 * Role of a user, in ascending order: each role includes those before it.
 */
enum Role {

	/** Sees everything except values. */
	VIEWER,

	/** Sees and changes the configuration. */
	EDITOR,

	/** Starts and stops rollouts, and overrides instances. */
	OPERATOR

}
