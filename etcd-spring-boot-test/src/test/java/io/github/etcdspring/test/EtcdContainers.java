package io.github.etcdspring.test;

import java.io.IOException;

import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;

/**
 * Creates etcd containers and runs etcdctl in them.
 */
final class EtcdContainers {

	static final String IMAGE = "quay.io/coreos/etcd:v3.5.16";

	private EtcdContainers() {
	}

	static GenericContainer<?> create(String image) {
		return new GenericContainer<>(image)
			.withCommand("etcd", "--listen-client-urls=http://0.0.0.0:2379",
					"--advertise-client-urls=http://0.0.0.0:2379")
			.withExposedPorts(2379);
	}

	static String etcdctl(Container<?> etcd, String... arguments) {
		String[] line = new String[arguments.length + 1];
		line[0] = "etcdctl";
		System.arraycopy(arguments, 0, line, 1, arguments.length);
		try {
			Container.ExecResult result = etcd.execInContainer(line);
			if (result.getExitCode() != 0) {
				throw new IllegalStateException(result.getStderr());
			}
			return result.getStdout();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
