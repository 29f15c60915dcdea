package io.github.etcdspring.sample;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import io.github.etcdspring.testsupport.EtcdBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the commands of {@code docs/security.md}, from an empty etcd to a secured sample.
 */
class SecuredSampleIntegrationTests {

	private static final Path PAGE = Path.of("../docs/security.md");

	@TempDir
	private Path directory;

	@Test
	void commandsOfTheDocumentationWork() throws Exception {
		EtcdBinary etcd = EtcdBinary.locate();
		Path bin = Files.createDirectory(this.directory.resolve("bin"));
		Files.createSymbolicLink(bin.resolve("etcd"), etcd.etcd());
		Files.createSymbolicLink(bin.resolve("etcdctl"), etcd.etcdctl());
		Path target = Files.createDirectories(this.directory.resolve("sample-app/target"));
		Files.createSymbolicLink(target.resolve("sample-app.jar"), Path.of("target/sample-app.jar").toAbsolutePath());
		List<String> snippets = snippets();
		String last = snippets.remove(snippets.size() - 1);
		String script = "trap 'kill $(jobs -p)' EXIT\n" + String.join("", snippets) + "\n! " + last;
		int shop = freePort();
		String peer = "http://localhost:" + freePort();
		ProcessBuilder builder = new ProcessBuilder("bash", "-euo", "pipefail", "-c",
				script.replace(":2379", ":" + freePort())
					.replace(":8080", ":" + shop)
					.replace("=consumer", "=consumer --server.port=" + shop));
		builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
		builder.environment().put("ETCD_LISTEN_PEER_URLS", peer);
		builder.environment().put("ETCD_INITIAL_ADVERTISE_PEER_URLS", peer);
		builder.environment().put("ETCD_INITIAL_CLUSTER", "default=" + peer);
		Path log = this.directory.resolve("log");
		Process process = builder.directory(this.directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		try {
			assertThat(process.waitFor(3, TimeUnit.MINUTES)).as(() -> read(log)).isTrue();
			assertThat(process.exitValue()).as(() -> read(log)).isZero();
			assertThat(log).content()
				.contains("Hello, encrypted", "permission denied")
				.doesNotContain("APPLICATION FAILED");
		}
		finally {
			process.descendants().forEach(ProcessHandle::destroyForcibly);
			process.destroyForcibly();
		}
	}

	private static List<String> snippets() throws IOException {
		return new ArrayList<>(Pattern.compile("^```shell\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
			.matcher(Files.readString(PAGE))
			.results()
			.map((snippet) -> snippet.group(1))
			.toList());
	}

	private static String read(Path log) {
		try {
			return Files.readString(log);
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

}
