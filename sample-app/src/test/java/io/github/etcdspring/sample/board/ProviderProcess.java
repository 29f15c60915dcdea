package io.github.etcdspring.sample.board;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.sample.SampleApplication;

/**
 * A provider in a separate process, which can be killed.
 */
final class ProviderProcess implements AutoCloseable {

	private final Process process;

	private ProviderProcess(Process process) {
		this.process = process;
	}

	static ProviderProcess start(String... options) throws IOException {
		List<String> line = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
				SampleApplication.class.getName(), "--spring.profiles.active=provider"));
		line.addAll(List.of(options));
		return new ProviderProcess(new ProcessBuilder(line).redirectErrorStream(true)
			.redirectOutput(Path.of("target", "board-provider.log").toFile())
			.start());
	}

	/** Kill the process, as {@code kill -9} does. */
	void kill() throws InterruptedException {
		this.process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
