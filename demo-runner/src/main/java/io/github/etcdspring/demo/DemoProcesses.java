package io.github.etcdspring.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdBinary;
import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;
import org.jspecify.annotations.Nullable;

/**
 * Starts the processes of the demo, etcd and the applications, and ends them on close or
 * Ctrl-C.
 */
final class DemoProcesses implements AutoCloseable {

	private static final int CLUSTER_SIZE = 3;

	private static final String ANY_PORT = "--server.port=0";

	private static final String CONSUMER = "consumer";

	private final EtcdBinary binary;

	private final EtcdCluster etcd;

	private final Path jar;

	private final @Nullable Path gatewayJar;

	private final Path directory;

	private final ProgressLog progress;

	private final ConsoleUser consoleUser = new ConsoleUser();

	private final List<ApplicationProcess> applications = new ArrayList<>();

	private boolean closed;

	private boolean directoryKept;

	private DemoProcesses(EtcdBinary binary, EtcdCluster etcd, Options options, Path directory, ProgressLog progress) {
		this.binary = binary;
		this.etcd = etcd;
		this.jar = options.application();
		this.gatewayJar = options.gateway();
		this.directory = directory;
		this.progress = progress;
		Runtime.getRuntime().addShutdownHook(new Thread(this::end, "demo-end"));
	}

	static DemoProcesses start(Options options, ProgressLog progress) throws IOException {
		progress.log("Locating etcd. If it is not installed, the Debian package is downloaded");
		EtcdBinary binary = EtcdBinary.locate();
		int nodes = (options.cluster()) ? CLUSTER_SIZE : 1;
		progress.log("Starting etcd " + binary.version() + " (" + binary.etcd() + ")"
				+ ((nodes > 1) ? ", " + nodes + " nodes" : ""));
		EtcdCluster etcd = EtcdCluster.start(nodes, EtcdServer.builder().binary(binary));
		progress.log("etcd is ready at " + String.join(", ", etcd.endpoints()));
		return new DemoProcesses(binary, etcd, options, Files.createTempDirectory("etcd-demo-"), progress);
	}

	/**
	 * Start a provider.
	 * @param options additional command line options
	 */
	ApplicationProcess startProvider(String... options) throws IOException {
		List<String> line = commandLine("provider");
		line.addAll(List.of(options));
		return start("provider", line, Map.of());
	}

	ApplicationProcess startConsumer() throws IOException {
		return start(CONSUMER, commandLine(CONSUMER), this.consoleUser.environment());
	}

	/**
	 * Start the gateway if it is enabled.
	 */
	@Nullable ApplicationProcess startGateway() throws IOException {
		return (this.gatewayJar != null) ? start("gateway", commandLine(this.gatewayJar), Map.of()) : null;
	}

	private synchronized ApplicationProcess start(String role, List<String> line, Map<String, String> environment)
			throws IOException {
		if (this.closed) {
			throw new IllegalStateException("The demo is shutting down");
		}
		ApplicationProcess application = ApplicationProcess.start(line, environment, this.directory,
				role + "-" + (this.applications.size() + 1));
		this.applications.add(application);
		return application;
	}

	/**
	 * Return the command line that starts the sample application.
	 */
	List<String> commandLine(String role) {
		List<String> line = new ArrayList<>(commandLine(this.jar));
		line.add("--spring.profiles.active=" + role);
		if (role.equals(CONSUMER)) {
			line.remove(ANY_PORT);
			line.addAll(ConsumerOptions.list());
		}
		return line;
	}

	/**
	 * Return the command line that starts an application: with a small heap because
	 * several run on one machine, on any free port, registered with the loopback address.
	 * The temporary directory is deleted with the demo, even if the process is killed.
	 */
	private List<String> commandLine(Path jar) {
		return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
				"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.io.tmpdir=" + this.directory, "-jar",
				jar.toString(), ANY_PORT, "--spring.cloud.etcd.endpoints=" + endpoints(),
				"--spring.cloud.etcd.discovery.ip-address=127.0.0.1");
	}

	/**
	 * Return an etcdctl command line to show to the user.
	 */
	String etcdctl(String command) {
		return this.binary.etcdctl() + " --endpoints=" + endpoints() + " " + command;
	}

	String endpoints() {
		return String.join(",", this.etcd.endpoints());
	}

	/**
	 * Run {@code etcdctl} against the leader, once there is one.
	 */
	void runEtcdctl(String... arguments) {
		this.etcd.leader().etcdctl(arguments);
	}

	/**
	 * Return the etcd cluster, which may have a single node.
	 */
	EtcdCluster etcd() {
		return this.etcd;
	}

	/**
	 * Return the user of the consumer's console.
	 */
	ConsoleUser consoleUser() {
		return this.consoleUser;
	}

	Path directory() {
		return this.directory;
	}

	/**
	 * Keep the application logs for troubleshooting.
	 */
	synchronized void keepLogs() {
		// Ctrl-C is not a failure.
		if (!this.closed) {
			this.progress.log("Application logs are kept in " + this.directory);
			this.directoryKept = true;
		}
	}

	@Override
	public void close() {
		end();
	}

	/**
	 * Kill all processes instead of shutting them down gracefully: no requests are sent
	 * any more, and the user waits after Ctrl-C.
	 */
	private synchronized void end() {
		if (this.closed) {
			return;
		}
		this.closed = true;
		this.progress.logLast("Stopping all processes");
		this.applications.forEach(ApplicationProcess::destroy);
		this.etcd.close();
		for (ApplicationProcess application : this.applications) {
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
			// best effort: files remain in the temporary directory
		}
	}

}
