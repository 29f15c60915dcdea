package io.github.etcdspring.sample.grpc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.grpc.client.GrpcChannelFactory;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests the sample with a Go program that uses the resolver of etcd's client and the
 * health service of gRPC.
 */
class GoNeighbourIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(30);

	private static final Path SOURCE = Path.of("..", "sample-app", "neighbours", "go-grpc", "main.go");

	private static final Path PROGRAM = Path.of("target", "go-grpc").toAbsolutePath();

	private static final Path LIBRARIES = Path.of("/usr/share/gocode");

	private static final Path CLIENT_3_4 = LIBRARIES.resolve("src/go.etcd.io/etcd/clientv3/naming/resolver");

	private static final Path CLIENT_3_5 = LIBRARIES.resolve("src/go.etcd.io/etcd/client/v3/naming/resolver");

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext application;

	@BeforeAll
	static void start() throws Exception {
		assumeThat(isInstalled()).as("Go and etcd client for Go (Debian: golang-go, golang-etcd-server-dev)").isTrue();
		build();
		etcd = EtcdServer.start();
		application = new SpringApplicationBuilder(GrpcSampleApplication.class).profiles("provider")
			.run("--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.drain=100ms");
	}

	private static boolean isInstalled() {
		return (Files.exists(CLIENT_3_4) || Files.exists(CLIENT_3_5))
				&& Stream.of(System.getenv("PATH").split(":")).anyMatch((path) -> Files.exists(Path.of(path, "go")));
	}

	/** Builds the program with the import path of the installed version. */
	private static void build() throws Exception {
		Files.createDirectories(PROGRAM);
		String code = Files.readString(SOURCE);
		Files.writeString(PROGRAM.resolve("main.go"), (Files.exists(CLIENT_3_4)) ? code
				: code.replace("go.etcd.io/etcd/clientv3", "go.etcd.io/etcd/client/v3"));
		Process build = run("build",
				Map.of("GO111MODULE", "off", "GOPATH", LIBRARIES.toString(), "GOFLAGS", "", "CGO_ENABLED", "0"), "go",
				"build", "-o", "health", ".");
		assertThat(build.waitFor(3, TimeUnit.MINUTES)).isTrue();
		assertThat(build.exitValue()).as(() -> output("build")).isZero();
	}

	@AfterAll
	static void stop() {
		if (etcd != null) {
			application.close();
			etcd.close();
		}
	}

	@Test
	void goClientCallsAnApplicationByTheNameOfItsService() throws Exception {
		await().atMost(SOON).until(() -> isKnown("greeting"));
		Process call = health("call", "greeting");
		assertThat(call.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThat(output("call"))
			.isEqualTo("SERVING 127.0.0.1:" + application.getBean(GrpcServerLifecycle.class).getPort() + "\n");
	}

	@Test
	void applicationCallsAGoServerByTheNameOfItsServiceUntilItStops() throws Exception {
		ManagedChannel channel = application.getBean(GrpcChannelFactory.class).createChannel("etcd:///go-server");
		Process server = health("serve", "go-server");
		try {
			await().atMost(SOON).until(() -> isKnown("go-server"));
			await().atMost(SOON)
				.ignoreException(StatusRuntimeException.class)
				.until(() -> check(channel).getStatus() == ServingStatus.SERVING);
			server.destroy();
			assertThat(server.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
			await().atMost(SOON).until(() -> !isKnown("go-server"));
		}
		finally {
			server.destroyForcibly();
		}
	}

	private static boolean isKnown(String service) {
		return !application.getBean(DiscoveryClient.class).getInstances(service).isEmpty();
	}

	private static HealthCheckResponse check(ManagedChannel channel) {
		return HealthGrpc.newBlockingStub(channel)
			.withDeadlineAfter(10, TimeUnit.SECONDS)
			.check(HealthCheckRequest.getDefaultInstance());
	}

	private static Process health(String command, String service) throws IOException {
		return run(command, Map.of("ETCD_ENDPOINTS", etcd.endpoint()), PROGRAM.resolve("health").toString(), command,
				service);
	}

	/** Starts a process whose output is in a file of that name. */
	private static Process run(String name, Map<String, String> environment, String... command) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(List.of(command)).directory(PROGRAM.toFile())
			.redirectErrorStream(true)
			.redirectOutput(PROGRAM.resolve(name + ".log").toFile());
		builder.environment().putAll(environment);
		return builder.start();
	}

	private static String output(String name) {
		try {
			return Files.readString(PROGRAM.resolve(name + ".log"));
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

}
