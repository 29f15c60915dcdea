package io.github.etcdspring;

import java.io.IOException;
import java.util.regex.Pattern;

import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.PlainApplication;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class OptionalDependenciesIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	@ParameterizedTest
	@CsvSource({ "web-server, tomcat|servlet|webmvc|webflux|web-server|reactor-netty",
			"reactor, reactor|webflux|loadbalancer", "load-balancer, loadbalancer", "containers, testcontainers|docker",
			"actuator, actuat|boot-health|micrometer-metrics", "micrometer, micrometer-(core|metrics|jakarta)",
			"integration, spring-(integration|messaging|tx)",
			"all, tomcat|servlet|spring-web|boot-(web|rest|http|health)|reactor|loadbalancer|actuat|micrometer-(core|metrics|jakarta)|testcontainers|docker|spring-(integration|messaging|tx)" })
	void applicationIsRegisteredWithout(String what, Pattern libraries) throws IOException {
		String name = "without-" + what;
		try (JavaProcess process = JavaProcess.startWithout(libraries, PlainApplication.class,
				"--spring.application.name=" + name, "--spring.main.web-application-type=none",
				"--spring.main.keep-alive=true", "--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
				"--spring.cloud.etcd.discovery.port=9999", "--spring.cloud.etcd.discovery.drain=0s")) {
			await().atMost(JavaProcess.START_TIMEOUT)
				.until(() -> !process.isRunning() || Keys.of(etcd, name).size() == 1);
			assertThat(process.isRunning()).as(process::output).isTrue();
			process.stop();
			assertThat(Keys.of(etcd, name)).isEmpty();
			assertThat(process.output()).doesNotContain("ERROR", "Exception", "NoClassDefFoundError");
		}
	}

}
