package io.github.etcdspring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import io.github.etcdspring.fixture.FollowingApplication;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplicationAotProcessor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application processed ahead of time behaves the same as otherwise, on a JVM.
 */
class AotIntegrationTests {

	@TempDir
	private Path directory;

	@Test
	void applicationProcessedAheadOfTimeIsRegisteredAndFollowsItsConfiguration() throws IOException {
		Path sources = this.directory.resolve("sources");
		Path resources = this.directory.resolve("resources");
		Path classes = Files.createDirectory(this.directory.resolve("classes"));
		// without an etcd, as in a build
		try (JavaProcess processing = JavaProcess.start(SpringApplicationAotProcessor.class,
				FollowingApplication.class.getName(), sources.toString(), resources.toString(), classes.toString(),
				"io.github.etcdspring", "following", "--spring.config.import=etcd:",
				"--spring.cloud.etcd.endpoints=http://127.0.0.1:1", "--spring.main.web-application-type=none",
				"--spring.cloud.etcd.loadbalancer.slow-start.duration=5s")) {
			assertThat(processing.await()).as(processing::output).isZero();
			assertThat(processing.output()).doesNotContain("127.0.0.1:1");
		}
		compile(sources, classes);
		try (EtcdServer etcd = EtcdServer.start()) {
			etcd.etcdctl("put", "/config/following/demo/text", "first");
			try (JavaProcess application = JavaProcess.startWith(List.of(classes, resources),
					List.of("-Dspring.aot.enabled=true"), FollowingApplication.class,
					"--spring.application.name=following", "--spring.config.import=etcd:",
					"--spring.main.web-application-type=none", "--spring.main.keep-alive=true",
					"--spring.cloud.etcd.endpoints=" + etcd.endpoint(), "--spring.cloud.etcd.discovery.port=9999",
					"--spring.cloud.etcd.discovery.drain=0s")) {
				says(application, "first");
				await().atMost(Duration.ofSeconds(10)).until(() -> Keys.of(etcd, "following").size() == 1);
				etcd.etcdctl("put", "/config/following/demo/text", "second");
				says(application, "second");
				assertThat(application.output()).contains("Starting AOT-processed FollowingApplication")
					.doesNotContain("WARN", "ERROR", "Exception");
				application.stop();
				assertThat(Keys.of(etcd, "following")).isEmpty();
			}
		}
	}

	private static void says(JavaProcess application, String text) {
		String all = "environment=%1$s scoped=%1$s mutable=%1$s immutable=%1$s value=%1$s".formatted(text);
		await().atMost(JavaProcess.START_TIMEOUT)
			.until(() -> !application.isRunning() || application.output().contains(all));
		assertThat(application.output()).contains(all);
	}

	private static void compile(Path sources, Path classes) throws IOException {
		try (Stream<Path> files = Files.walk(sources)) {
			List<String> arguments = Stream.concat(
					Stream.of("-proc:none", "-nowarn", "-cp",
							classes + System.getProperty("path.separator") + System.getProperty("java.class.path"),
							"-d", classes.toString()),
					files.filter((file) -> file.toString().endsWith(".java")).map(Path::toString))
				.toList();
			assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)))
				.isZero();
		}
	}

}
