package io.github.etcdspring.sample.gateway;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.sample.provider.Provider;

/**
 * A {@link Provider} in a separate process, which can be killed.
 */
final class ProviderProcess implements AutoCloseable {

	private final Process process;

	private ProviderProcess(Process process) {
		this.process = process;
	}

	static ProviderProcess start(String etcd, String service, String instance, File log) throws IOException {
		Path java = Path.of(System.getProperty("java.home"), "bin", "java");
		return new ProviderProcess(new ProcessBuilder(java.toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
				"-cp", System.getProperty("java.class.path"), Provider.class.getName(), "--server.port=0",
				"--spring.application.name=" + service, "--spring.cloud.etcd.endpoints=" + etcd,
				"--spring.cloud.etcd.discovery.instance-id=" + instance,
				"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.ttl=5s")
			.redirectErrorStream(true)
			.redirectOutput(log)
			.start());
	}

	/**
	 * Kill the process, as {@code kill -9} does.
	 */
	void kill() throws InterruptedException {
		this.process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
	}

	@Override
	public void close() throws InterruptedException {
		kill();
	}

}
