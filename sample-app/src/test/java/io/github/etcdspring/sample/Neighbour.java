package io.github.etcdspring.sample;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdBinary;
import io.github.etcdspring.testsupport.EtcdServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * A client in another language, in a separate process.
 */
final class Neighbour implements AutoCloseable {

	/** The sources of all clients. */
	static final Path SOURCES = Path.of("neighbours").toAbsolutePath();

	/** The build directory. */
	static final Path BUILD = Path.of("target/neighbours").toAbsolutePath();

	private static final Duration SOON = Duration.ofSeconds(30);

	private static final Pattern SERVING = Pattern.compile("serving (\\S+) on port (\\d+)");

	private static final HttpClient HTTP = HttpClient.newHttpClient();

	private final Process process;

	private final Path log;

	private Neighbour(Process process, Path log) {
		this.process = process;
		this.log = log;
	}

	static Neighbour start(Path directory, Map<String, String> environment, String... command) {
		try {
			Path log = Files.createTempFile(Files.createDirectories(BUILD), "neighbour-", ".log");
			ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
				.redirectErrorStream(true)
				.redirectOutput(log.toFile());
			builder.environment().putAll(environment);
			return new Neighbour(builder.start(), log);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Skips a test if a program is not installed. Use it in a test or before each test: a
	 * test skipped in {@code @BeforeAll} is not counted.
	 * @param program the program
	 * @param debianPackage the Debian package to install
	 */
	static void assumeThereIs(String program, String debianPackage) {
		assumeThat(isThere(program)).as("%s on the PATH (Debian: apt-get install %s)", program, debianPackage).isTrue();
	}

	static boolean isThere(String program) {
		return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
			.anyMatch((directory) -> Files.isExecutable(Path.of(directory, program)));
	}

	/**
	 * Starts an etcd with authentication, and creates the user and role from the README
	 * of a client.
	 * @param name the name of client, user and role
	 * @return the server
	 */
	static EtcdServer startEtcd(String name) throws IOException {
		// a low cost factor: each shell command authenticates again
		EtcdServer etcd = EtcdServer.builder().arguments("--bcrypt-cost=4").start();
		etcd.etcdctl("user", "add", name + ":of " + name);
		Files.readAllLines(SOURCES.resolve(name).resolve("README.md"))
			.stream()
			.filter((line) -> line.startsWith("etcdctl role ") || line.startsWith("etcdctl user "))
			.forEach((line) -> etcd.etcdctl(line.substring("etcdctl ".length()).split(" ")));
		etcd.enableAuthentication(Sample.PASSWORD);
		return etcd;
	}

	/**
	 * Returns environment variables with the endpoints and the credentials of a client,
	 * and etcdctl on the PATH.
	 * @param etcd the server
	 * @param name the name of the client
	 * @param more further variables, which take precedence
	 * @return the variables
	 */
	static Map<String, String> environment(EtcdServer etcd, String name, Map<String, String> more) {
		Map<String, String> environment = new HashMap<>(
				Map.of("ETCD_ENDPOINTS", etcd.endpoint(), "ETCD_USERNAME", name, "ETCD_PASSWORD", "of " + name));
		environment.putAll(Map.of("ETCD_ENDPOINT", etcd.endpoint(), "ETCDCTL_ENDPOINTS", etcd.endpoint(),
				"ETCDCTL_USER", name + ":of " + name, "PATH",
				EtcdBinary.locate().etcdctl().getParent() + File.pathSeparator + System.getenv("PATH")));
		environment.putAll(more);
		return environment;
	}

	/**
	 * Returns the lease of a key.
	 * @param etcd the server
	 * @param key the key
	 * @return the lease id as etcdctl writes it
	 */
	static String leaseOf(EtcdServer etcd, String key) {
		Matcher lease = Pattern.compile("\"Lease\" : (\\d+)").matcher(etcd.etcdctl("get", key, "--write-out=fields"));
		assertThat(lease.find()).as(key).isTrue();
		return Long.toHexString(Long.parseLong(lease.group(1)));
	}

	/** Returns the granted TTL of the lease of a key, in seconds. */
	static int timeToLive(EtcdServer etcd, String key) {
		Matcher granted = Pattern.compile("granted with TTL\\((\\d+)s\\)")
			.matcher(etcd.etcdctl("lease", "timetolive", leaseOf(etcd, key)));
		assertThat(granted.find()).as(key).isTrue();
		return Integer.parseInt(granted.group(1));
	}

	/**
	 * Revokes the lease of a key of this client, and waits until the key has another one.
	 * @param etcd the server
	 * @param key the key
	 */
	void loseLease(EtcdServer etcd, String key) {
		// the client may be registering again, if etcd has just been restarted
		String lost = await().atMost(SOON).ignoreExceptions().until(() -> {
			String lease = leaseOf(etcd, key);
			etcd.etcdctl("lease", "revoke", lease);
			return lease;
		}, Objects::nonNull);
		await().atMost(SOON).untilAsserted(() -> assertThat(leaseOf(etcd, key)).as(this::log).isNotEqualTo(lost));
	}

	/**
	 * Waits for the end of the process.
	 * @param limit the timeout
	 * @return the exit status
	 */
	int awaitEnd(Duration limit) throws InterruptedException {
		assertThat(this.process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)).as(this::log).isTrue();
		return this.process.exitValue();
	}

	/** Waits until the process is ready and returns its instance id. */
	String id() {
		return serving().group(1);
	}

	int port() {
		return Integer.parseInt(serving().group(2));
	}

	private Matcher serving() {
		await().atMost(SOON).until(() -> SERVING.matcher(log()).find() || !this.process.isAlive());
		Matcher matcher = SERVING.matcher(log());
		assertThat(matcher.find()).as(this::log).isTrue();
		return matcher;
	}

	String get(String path) {
		return send(request(path).GET());
	}

	String put(String path, String body) {
		return send(request(path).PUT(HttpRequest.BodyPublishers.ofString(body)));
	}

	private HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path)).timeout(SOON);
	}

	private String send(HttpRequest.Builder request) {
		try {
			return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	String log() {
		try {
			return Files.readString(this.log);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Stops the process gracefully and waits for its end. */
	int stop() throws InterruptedException {
		this.process.destroy();
		return awaitEnd(SOON);
	}

	/** Kills the process and its descendants, as {@code kill -9} does. */
	void kill() {
		end(family());
	}

	/** Stops the process gracefully, so that it deregisters, then kills what remains. */
	@Override
	public void close() {
		List<ProcessHandle> family = family();
		this.process.destroy();
		try {
			this.process.waitFor(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		end(family);
	}

	private List<ProcessHandle> family() {
		return Stream.concat(Stream.of(this.process.toHandle()), this.process.descendants()).toList();
	}

	private static void end(List<ProcessHandle> family) {
		family.forEach(ProcessHandle::destroyForcibly);
		family.forEach((process) -> process.onExit().join());
	}

}
