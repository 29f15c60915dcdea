package io.github.etcdspring.test;

import java.net.InetSocketAddress;

import io.github.etcdspring.testsupport.EtcdServer;

/**
 * A process without Docker.
 */
final class EtcdProcessNode implements EtcdNode {

	private final EtcdServer server;

	EtcdProcessNode() {
		try {
			this.server = EtcdServer.builder().keptOnExit().start();
		}
		catch (RuntimeException ex) {
			throw new IllegalStateException(
					ex.getMessage() + "\nOr use a container: @WithEtcd(image = \"quay.io/coreos/etcd:v3.5.16\").", ex);
		}
	}

	@Override
	public InetSocketAddress address() {
		return new InetSocketAddress("127.0.0.1", this.server.port());
	}

	@Override
	public void kill() {
		this.server.kill();
	}

	@Override
	public void start() {
		this.server.restart();
	}

	@Override
	public void freeze() {
		this.server.freeze();
	}

	@Override
	public void thaw() {
		this.server.thaw();
	}

	@Override
	public void close() {
		this.server.close();
	}

}
