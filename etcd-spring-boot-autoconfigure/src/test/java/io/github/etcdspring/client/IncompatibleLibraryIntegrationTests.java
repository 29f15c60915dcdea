package io.github.etcdspring.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.PlainApplication;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link IncompatibleLibraryFailureAnalyzer}, and for the warning
 * if the application starts without etcd.
 */
class IncompatibleLibraryIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	@ParameterizedTest
	@CsvSource({ "grpc-api,''", "grpc-api,etcd:", "grpc-core,etcd:" })
	void namesVersionsAndPropertyIfTheStartFails(String artifact, String location) throws IOException {
		try (JavaProcess process = start(artifact, "--spring.config.import=" + location)) {
			await().atMost(JavaProcess.START_TIMEOUT).until(() -> !process.isRunning());
			assertThat(process.output())
				.contains("APPLICATION FAILED TO START", artifact + "-1.65.0.jar", "grpc-netty-1.", "grpc.version=1.",
						"io.grpc:grpc-bom:1.")
				.doesNotContain("grpc.version=1.65");
		}
	}

	@Test
	void namesTheVersionsIfTheApplicationStartsWithoutEtcd() throws IOException {
		try (JavaProcess process = start("grpc-core")) {
			await().atMost(JavaProcess.START_TIMEOUT)
				.until(() -> process.output().contains("Registration in etcd is failing"));
			assertThat(process.output()).contains("grpc-core-1.65.0.jar", "grpc.version=1.");
		}
	}

	private static JavaProcess start(String artifact, String... arguments) {
		String[] all = { "--spring.main.web-application-type=none", "--spring.application.name=old",
				"--spring.cloud.etcd.discovery.port=9999", "--spring.cloud.etcd.endpoints=" + etcd.endpoint() };
		return JavaProcess.startReplacing(Pattern.compile(artifact + "-\\d"),
				List.of(Path.of("target/other-versions", artifact + "-1.65.0.jar")), PlainApplication.class,
				StringUtils.concatenateStringArrays(all, arguments));
	}

}
