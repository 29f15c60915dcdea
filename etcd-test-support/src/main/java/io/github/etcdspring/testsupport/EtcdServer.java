package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * An etcd server in a separate process, on fixed ports of the loopback address, with
 * fault injection. Not thread-safe.
 */
public final class EtcdServer implements AutoCloseable {

	private static final Duration START_LIMIT = Duration.ofSeconds(30);

	private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

	private static final Pattern REVISION = Pattern.compile("\"revision\":(\\d+)");

	private static final Pattern MOD_REVISION = Pattern.compile("\"mod_revision\":(\\d+)");

	private static final Set<EtcdServer> OPEN = ConcurrentHashMap.newKeySet();

	static {
		Runtime.getRuntime().addShutdownHook(new Thread(EtcdServer::closeAll, "etcd-close"));
	}

	private final EtcdOptions options;

	private final EtcdAddress address;

	private final EtcdHealth health;

	private final String initialCluster;

	private final Path home;

	private final Path data;

	private EtcdBinary binary;

	private @Nullable String credentials;

	private volatile @Nullable EtcdProcess process;

	EtcdServer(EtcdBinary binary, EtcdOptions options, EtcdAddress address, String initialCluster) {
		this.binary = binary;
		this.options = options;
		this.address = address;
		this.health = new EtcdHealth(address.healthUrl());
		this.initialCluster = initialCluster;
		try {
			this.home = Files.createTempDirectory("etcd-" + address.name() + "-");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Path parent = (options.dataDirectory() != null) ? options.dataDirectory() : this.home;
		this.data = parent.resolve(address.name() + ".data");
		if (options.closedOnExit()) {
			OPEN.add(this);
		}
	}

	/**
	 * Starts an empty server and waits until it is ready.
	 * @return the server
	 */
	public static EtcdServer start() {
		return builder().start();
	}

	/**
	 * Returns a builder of a customized server.
	 * @return a builder
	 */
	public static EtcdServerBuilder builder() {
		return new EtcdServerBuilder();
	}

	/**
	 * Returns the client URL of the server.
	 * @return a URL such as {@code http://127.0.0.1:23790}
	 */
	public String endpoint() {
		return this.options.scheme() + "://127.0.0.1:" + port();
	}

	/**
	 * Returns the client port, which stays the same across restarts.
	 * @return the port
	 */
	public int port() {
		return this.address.clientPort();
	}

	/**
	 * Returns the member's name.
	 * @return the name
	 */
	public String name() {
		return this.address.name();
	}

	/**
	 * Returns the id of the current or last process.
	 * @return the process id
	 */
	public long pid() {
		return process().pid();
	}

	/**
	 * Returns whether the process is running or frozen.
	 * @return whether the process is alive
	 */
	public boolean isRunning() {
		EtcdProcess process = this.process;
		return process != null && process.isRunning();
	}

	/**
	 * Returns whether the server knows a leader and responds to a read within a second.
	 * @return whether the server is ready
	 */
	public boolean isServing() {
		return isRunning() && this.health.isServing();
	}

	boolean isLeader() {
		return isRunning() && this.health.isLeader();
	}

	/**
	 * Returns the log file, which restarts append to.
	 * @return the log file
	 */
	public Path log() {
		return this.home.resolve("etcd.log");
	}

	/**
	 * Kills the process, as a crash would, and waits for its end.
	 */
	public void kill() {
		process().kill();
	}

	/**
	 * Stops the process gracefully, or kills it after ten seconds.
	 */
	public void stop() {
		process().terminate(STOP_LIMIT);
	}

	/**
	 * Suspends the process: its connections stay open but nothing responds.
	 */
	public void freeze() {
		process().freeze();
	}

	/**
	 * Resumes a frozen process.
	 */
	public void thaw() {
		process().thaw();
	}

	/**
	 * Restarts the server with the same ports and data, and waits until it is ready.
	 */
	public void restart() {
		restart(this.binary);
	}

	/**
	 * Restarts the server with another version of etcd.
	 * @param binary the other version
	 */
	public void restart(EtcdBinary binary) {
		if (isRunning()) {
			stop();
		}
		this.binary = binary;
		launch();
		awaitServing();
	}

	/**
	 * Kills the server and deletes its data. The server stays stopped.
	 */
	public void wipe() {
		kill();
		FileTree.delete(this.data);
		this.credentials = null;
	}

	/**
	 * Saves a snapshot.
	 * @param file the file to write
	 */
	public void saveSnapshot(Path file) {
		etcdctl("snapshot", "save", file.toString());
	}

	/**
	 * Kills the server and restores a snapshot. The server stays stopped. In a cluster,
	 * restore all members before restarting the first one.
	 * @param file the file to read
	 */
	public void restoreSnapshot(Path file) {
		kill();
		FileTree.delete(this.data);
		etcdctl("snapshot", "restore", file.toString(), "--name=" + name(), "--data-dir=" + this.data,
				"--initial-cluster=" + this.initialCluster, "--initial-advertise-peer-urls=" + this.address.peerUrl());
	}

	/**
	 * Enables authentication; {@link #etcdctl} then runs as {@code root}.
	 * @param rootPassword the password of {@code root}
	 */
	public void enableAuthentication(String rootPassword) {
		etcdctl("user", "add", "root:" + rootPassword);
		etcdctl("auth", "enable");
		this.credentials = "root:" + rootPassword;
	}

	/**
	 * Changes the password of a user.
	 * @param user the user
	 * @param password the new password
	 */
	public void changePassword(String user, String password) {
		etcdctl(password + "\n", List.of("user", "passwd", user, "--interactive=false"));
	}

	/**
	 * Returns the revision of the store.
	 * @return the revision
	 */
	public long revision() {
		String status = etcdctl("endpoint", "status", "--write-out=json");
		Matcher matcher = REVISION.matcher(status);
		if (!matcher.find()) {
			throw new IllegalStateException("No revision in " + status);
		}
		return Long.parseLong(matcher.group(1));
	}

	/**
	 * Returns when a key was put. The revision of the store may be newer, as applications
	 * publish their state.
	 * @param key the key
	 * @return the revision of its last put
	 */
	public long revisionOf(String key) {
		String found = etcdctl("get", key, "--write-out=json");
		Matcher matcher = MOD_REVISION.matcher(found);
		if (!matcher.find()) {
			throw new IllegalStateException("No key " + key);
		}
		return Long.parseLong(matcher.group(1));
	}

	/**
	 * Runs etcdctl against this server, with root's certificate or password if required.
	 * @param arguments the command and its arguments
	 * @return the standard output
	 * @throws CommandException if the command fails or takes more than 20 seconds
	 */
	public String etcdctl(String... arguments) {
		return etcdctl("", List.of(arguments));
	}

	/**
	 * Puts several keys in one transaction.
	 * @param values values by key, both without spaces and quotes
	 * @throws CommandException as {@link #etcdctl(String...)}
	 */
	public void putTogether(Map<String, String> values) {
		String puts = values.entrySet()
			.stream()
			.map((entry) -> "put " + entry.getKey() + " " + entry.getValue() + "\n")
			.collect(Collectors.joining());
		// no compares, the puts on success, nothing on failure
		etcdctl("\n" + puts + "\n\n", List.of("txn"));
	}

	private String etcdctl(String input, List<String> arguments) {
		List<String> line = new ArrayList<>();
		line.add(this.binary.etcdctl().toString());
		line.addAll(this.options.etcdctlFlags(endpoint(), this.credentials));
		line.addAll(arguments);
		return new Command(line).withoutEnvironment("ETCDCTL_")
			.environment(Map.of("ETCDCTL_API", "3"))
			.input(input)
			.run();
	}

	/**
	 * Kills the server and deletes its log, and its data unless a directory was given.
	 */
	@Override
	public void close() {
		EtcdProcess process = this.process;
		if (process != null) {
			process.kill();
		}
		FileTree.delete(this.home);
		OPEN.remove(this);
	}

	void launch() {
		List<String> line = this.options.commandLine(this.binary, this.address, this.initialCluster, this.data);
		this.process = EtcdProcess.start(line, log());
	}

	void awaitServing() {
		EtcdProcess process = process();
		boolean decided = Poll.until(() -> !process.isRunning() || this.health.isServing(), START_LIMIT);
		if (decided && process.isRunning()) {
			return;
		}
		if (!process.isRunning() && process.failedWithAddressInUse()) {
			throw new AddressInUseException(
					name() + " failed to start because its address is in use:\n" + process.logTail());
		}
		String outcome = (process.isRunning()) ? "is not ready after " + START_LIMIT.toSeconds() + " s" : "exited";
		throw new IllegalStateException(name() + " " + outcome + ". The end of its log:\n" + process.logTail());
	}

	private static void closeAll() {
		for (EtcdServer server : OPEN) {
			try {
				server.close();
			}
			catch (RuntimeException ex) {
				// Close the others in any case.
			}
		}
	}

	private EtcdProcess process() {
		EtcdProcess process = this.process;
		if (process == null) {
			throw new IllegalStateException(name() + " has not been started");
		}
		return process;
	}

}
