package io.github.etcdspring.testsupport;

/**
 * The name of a member of a cluster, and where it listens.
 *
 * @param name the member's name
 * @param clientPort the port for clients
 * @param peerPort the port for the other members
 * @param healthPort the port for health and metrics, which need no certificate there
 */
record EtcdAddress(String name, int clientPort, int peerPort, int healthPort) {

	static EtcdAddress free(String name) {
		return new EtcdAddress(name, FreePort.find(), FreePort.find(), FreePort.find());
	}

	String peerUrl() {
		return "http://127.0.0.1:" + this.peerPort;
	}

	String healthUrl() {
		return "http://127.0.0.1:" + this.healthPort;
	}

	/**
	 * Returns what the other members need to know.
	 * @return this member's part of {@code --initial-cluster}
	 */
	String clusterEntry() {
		return this.name + "=" + peerUrl();
	}

}
