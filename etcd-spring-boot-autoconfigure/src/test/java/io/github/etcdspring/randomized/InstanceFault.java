package io.github.etcdspring.randomized;

/**
 * A fault of one instance that its key in etcd does not show.
 */
enum InstanceFault {

	/** Connections are reset and refused, as after a crash. */
	REFUSED,

	/** Connections are accepted, but nothing is answered. */
	FROZEN,

	/** No packet arrives: attempts to connect time out. */
	UNREACHABLE

}
