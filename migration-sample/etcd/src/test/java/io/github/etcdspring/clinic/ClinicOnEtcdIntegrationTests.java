package io.github.etcdspring.clinic;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.testsupport.EtcdBinary;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The clinic after the migration: the same applications, with the starter in place of
 * Eureka and Spring Cloud Config.
 */
class ClinicOnEtcdIntegrationTests {

	@Test
	void runsWithAnotherPomAndYmlOnly() throws Exception {
		try (EtcdServer etcd = EtcdServer.start()) {
			copyConfiguration(etcd);
			try (Clinic clinic = new Clinic("ETCD_ENDPOINTS=" + etcd.endpoint(),
					"spring.cloud.etcd.discovery.drain=0s")) {
				clinic.takesInAPet();
				clinic.hire("Grace");
				clinic.hire("Alan");
				clinic.hire("Barbara");
				assertThat(clinic.firstPageOfVets()).hasSize(2);
				clinic.isHealthyInSpringBootAdmin();
				etcd.etcdctl("put", "/config/vets-service/application.yml", "vets: {page-size: 3}");
				await().atMost(Duration.ofSeconds(10))
					.untilAsserted(() -> assertThat(clinic.firstPageOfVets()).hasSize(3));
			}
		}
	}

	private static void copyConfiguration(EtcdServer etcd) throws IOException, InterruptedException {
		ProcessBuilder script = new ProcessBuilder("./copy-configuration.sh", "../config-repo").inheritIO();
		script.environment().put("ETCDCTL_API", "3");
		script.environment().put("ETCDCTL_ENDPOINTS", etcd.endpoint());
		script.environment()
			.merge("PATH", EtcdBinary.locate().etcdctl().toAbsolutePath().getParent().toString(),
					(path, directory) -> directory + ":" + path);
		Process process = script.start();
		assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
		assertThat(process.exitValue()).isZero();
	}

}
