package io.github.etcdspring.console;

/**
 * A part of the content that changes independently of the others.
 */
enum Topic {

	/** Instances of services. */
	SERVICES,

	/** Instances that have published which configuration they use. */
	FLEET,

	/** Overrides of instances. */
	OVERRIDES,

	/** Keys of the configuration. */
	CONFIGURATION,

	/** Rollouts, whose keys are among those of the configuration. */
	ROLLOUTS

}
