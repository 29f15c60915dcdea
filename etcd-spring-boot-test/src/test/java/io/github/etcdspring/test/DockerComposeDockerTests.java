package io.github.etcdspring.test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Runs the Docker Compose example of the documentation.
 */
class DockerComposeDockerTests {

	private static final Path PAGE = Path.of("../docs/testing.md");

	@TempDir
	private Path directory;

	@BeforeEach
	void writeComposeFile() throws IOException {
		Files.writeString(file(),
				snippets("yaml").filter((yaml) -> yaml.startsWith("services:")).findFirst().orElseThrow());
	}

	@AfterEach
	void removeContainers() {
		compose("down");
	}

	@Test
	void importAndApplicationUseTheComposeService() throws IOException {
		try (ApplicationProcess process = start()) {
			awaitInstance(process, "\"greeting\":\"none\"");
			snippets("shell").flatMap(String::lines)
				.filter((line) -> line.startsWith("docker compose exec etcd etcdctl "))
				.forEach((line) -> etcdctl(line.substring(line.indexOf("etcdctl") + 8).split(" ")));
			process.stop();
		}
		assertThat(compose("ps", "--quiet", "--status=running")).isBlank();
		try (ApplicationProcess process = start()) {
			awaitInstance(process, "\"greeting\":\"hello\"");
			process.stop();
			assertThat(process.output()).doesNotContain("ERROR");
		}
		assertThat(compose("ps", "--quiet", "--status=running")).isBlank();
	}

	private static Stream<String> snippets(String language) throws IOException {
		return Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
			.matcher(Files.readString(PAGE))
			.results()
			.map((snippet) -> snippet.group(1));
	}

	private ApplicationProcess start() throws IOException {
		return ApplicationProcess.start(this.directory.resolve("application.log"), "--spring.config.import=etcd:",
				"--spring.docker.compose.file=" + file(), "--spring.application.name=orders",
				"--spring.main.web-application-type=none", "--spring.main.keep-alive=true",
				"--spring.cloud.etcd.discovery.port=9999", "--spring.cloud.etcd.discovery.drain=0s",
				"--spring.cloud.etcd.discovery.metadata.greeting=${greeting:none}");
	}

	private void awaitInstance(ApplicationProcess process, String content) {
		await().atMost(Duration.ofMinutes(2))
			.pollInterval(Duration.ofMillis(500))
			.until(() -> !process.isRunning()
					|| (process.output().contains("Started") && instances().contains(content)));
		assertThat(process.isRunning()).as(process::output).isTrue();
	}

	private String instances() {
		return etcdctl("get", "--prefix", "/services/orders/");
	}

	private String etcdctl(String... arguments) {
		List<String> line = new ArrayList<>(List.of("exec", "-T", "etcd", "etcdctl"));
		line.addAll(List.of(arguments));
		return compose(line.toArray(String[]::new));
	}

	private String compose(String... arguments) {
		List<String> line = new ArrayList<>(List.of("docker", "compose", "--file", file().toString()));
		line.addAll(List.of(arguments));
		try {
			Process process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			assertThat(process.waitFor()).as(line::toString).isZero();
			return output;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private Path file() {
		return this.directory.resolve("compose.yaml");
	}

}
