package io.github.etcdspring.testsupport;

/**
 * Name and ports of a cluster member.
 *
 * @param name the member's name
 * @param clientPort the port for clients
 * @param peerPort the port for other members
 * @param healthPort the port for health and metrics, without TLS
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
	 * Returns the member's entry in the list of the initial cluster.
	 * @return an entry of {@code --initial-cluster}
	 */
	String clusterEntry() {
		return this.name + "=" + peerUrl();
	}

}
