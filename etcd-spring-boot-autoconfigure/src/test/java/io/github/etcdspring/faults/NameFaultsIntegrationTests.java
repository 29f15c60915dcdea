package io.github.etcdspring.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.github.etcdspring.fixture.FollowingApplication;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.awaitility.Awaitility.await;

/**
 * Change of the address behind the host name of etcd, in a process that reads host names
 * from a file.
 */
class NameFaultsIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	@TempDir
	private Path directory;

	@Test
	void nameResolvesToAnotherAddressAndBack() throws IOException {
		resolveTo("127.0.0.1");
		etcd.etcdctl("put", "/config/named/demo/text", "first");
		try (TcpProxy proxy = TcpProxy.to(etcd.port()); JavaProcess application = start(proxy.port())) {
			await().atMost(JavaProcess.START_TIMEOUT).until(this::isRegistered);
			awaitText(application, "first");
			// nothing listens there
			resolveTo("127.0.0.2");
			await().atMost(JavaProcess.START_TIMEOUT).until(() -> {
				// repeated, as the former address is cached for a second
				proxy.cut();
				return Keys.of(etcd, "named").isEmpty();
			});
			resolveTo("127.0.0.1");
			etcd.etcdctl("put", "/config/named/demo/text", "second");
			long over = System.nanoTime();
			awaitText(application, "second");
			long configured = System.nanoTime();
			await().atMost(FaultScenario.RECOVERY_TIMEOUT).until(this::isRegistered);
			new FaultReport(NameFaultsIntegrationTests.class).add("the name of etcd resolves elsewhere and back",
					"the last configuration", FaultReport.between(over, configured), null, FaultReport.since(over));
		}
	}

	private boolean isRegistered() {
		return Keys.of(etcd, "named").size() == 1;
	}

	private static void awaitText(JavaProcess application, String text) {
		await().atMost(FaultScenario.RECOVERY_TIMEOUT)
			.until(() -> application.output().contains("environment=" + text));
	}

	private void resolveTo(String address) throws IOException {
		Files.writeString(this.directory.resolve("hosts"), address + " etcd.test\n");
	}

	private JavaProcess start(int port) {
		// the JVM and gRPC cache resolved names for 30 s by default
		return JavaProcess.startWith(List.of(),
				List.of("-Djdk.net.hosts.file=" + this.directory.resolve("hosts"), "-Dsun.net.inetaddr.ttl=1",
						"-Dsun.net.inetaddr.negative.ttl=1", "-Dnetworkaddress.cache.ttl=1"),
				FollowingApplication.class, "--spring.application.name=named",
				"--spring.main.web-application-type=none", "--spring.main.keep-alive=true",
				"--spring.config.import=etcd:", "--spring.cloud.etcd.endpoints=http://etcd.test:" + port,
				"--spring.cloud.etcd.discovery.port=9999", "--spring.cloud.etcd.discovery.ip-address=127.0.0.1",
				"--spring.cloud.etcd.discovery.drain=0s",
				"--spring.cloud.etcd.discovery.ttl=" + MonitoredApplication.TTL.toSeconds() + "s");
	}

}
