package io.github.etcdspring.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdBinary;
import io.github.etcdspring.testsupport.EtcdServer;

/**
 * All processes of the demo, and the end of each of them.
 */
final class Stage implements AutoCloseable {

	private final EtcdBinary binary;

	private final EtcdServer etcd;

	private final Path jar;

	private final Path directory;

	private final Progress progress;

	private final List<Application> applications = new ArrayList<>();

	private boolean closed;

	private boolean directoryKept;

	private Stage(EtcdBinary binary, EtcdServer etcd, Path jar, Path directory, Progress progress) {
		this.binary = binary;
		this.etcd = etcd;
		this.jar = jar;
		this.directory = directory;
		this.progress = progress;
		Runtime.getRuntime().addShutdownHook(new Thread(this::end, "demo-end"));
	}

	static Stage open(Path jar, Progress progress) throws IOException {
		progress.say("Looking for etcd. If this machine has none, the package of Debian is fetched");
		EtcdBinary binary = EtcdBinary.locate();
		progress.say("Starting etcd " + binary.version() + " (" + binary.etcd() + ")");
		EtcdServer etcd = EtcdServer.builder().binary(binary).start();
		progress.say("etcd serves at " + etcd.endpoint());
		return new Stage(binary, etcd, jar, Files.createTempDirectory("etcd-demo-"), progress);
	}

	Application startProvider() throws IOException {
		return start("provider");
	}

	Application startConsumer() throws IOException {
		return start("consumer");
	}

	private synchronized Application start(String role) throws IOException {
		if (this.closed) {
			throw new IllegalStateException("The demo is stopping");
		}
		Application application = Application.start(commandLine(role), this.directory,
				role + "-" + (this.applications.size() + 1));
		this.applications.add(application);
		return application;
	}

	/**
	 * The command that starts the sample application: small, for there are several on one
	 * machine, at any free port, and registered under an address that is always there.
	 * What a killed web server cannot clean up goes with the directory.
	 */
	List<String> commandLine(String role) {
		return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
				"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.io.tmpdir=" + this.directory, "-jar",
				this.jar.toString(), "--spring.profiles.active=" + role, "--server.port=0",
				"--spring.cloud.etcd.endpoints=" + this.etcd.endpoint(),
				"--spring.cloud.etcd.discovery.ip-address=127.0.0.1");
	}

	/**
	 * The command that shows what stands in etcd.
	 */
	String etcdctl(String command) {
		return this.binary.etcdctl() + " --endpoints=" + this.etcd.endpoint() + " " + command;
	}

	/**
	 * Run {@code etcdctl} on the etcd of the demo.
	 */
	void writeToEtcd(String... arguments) {
		this.etcd.etcdctl(arguments);
	}

	long etcdPid() {
		return this.etcd.pid();
	}

	Path directory() {
		return this.directory;
	}

	/**
	 * Leave the logs of the applications behind, for whoever looks for what went wrong.
	 */
	synchronized void keepLogs() {
		// Where all was stopped by Ctrl-C, nothing went wrong.
		if (!this.closed) {
			this.progress.say("The logs of the applications are kept in " + this.directory);
			this.directoryKept = true;
		}
	}

	@Override
	public void close() {
		end();
	}

	/**
	 * Without ceremony, as nobody calls them any more, and quickly: whoever presses
	 * Ctrl-C waits for it.
	 */
	private synchronized void end() {
		if (this.closed) {
			return;
		}
		this.closed = true;
		this.progress.end("Stopping all processes");
		this.applications.forEach(Application::destroy);
		this.etcd.close();
		for (Application application : this.applications) {
			try {
				application.kill();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
		if (!this.directoryKept) {
			deleteDirectory();
		}
	}

	private void deleteDirectory() {
		try (Stream<Path> files = Files.walk(this.directory)) {
			for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
				Files.deleteIfExists(file);
			}
		}
		catch (IOException | UncheckedIOException ex) {
			// a rest in the temporary directory
		}
	}

}
