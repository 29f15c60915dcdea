package io.github.etcdspring.client;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests for {@link EtcdUnavailableFailureAnalyzer} and
 * {@link InvalidEtcdPropertyFailureAnalyzer}, as printed by an application.
 */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalyzersTests {

	@Test
	void namesProblemEndpointsAndRemedy(CapturedOutput output) {
		fail(Unavailable.class);
		assertThat(output).contains("APPLICATION FAILED TO START",
				"The services could not be read.\n\n    http://a:1: connection refused\n    http://b:1: not etcd",
				"spring.cloud.etcd.discovery.fail-fast=false");
	}

	@Test
	void printsPropertiesAndCommandsOfTheRemedies(CapturedOutput output) {
		fail(Refused.class);
		assertThat(output).contains("""
				Follow the remedy given above:

				    spring.cloud.etcd.endpoints=http://localhost:2379
				    spring.cloud.etcd.username=<user>
				    spring.cloud.etcd.password=<password>
				    etcdctl role grant-permission <role> --prefix=true readwrite <prefix>

				To start""");
	}

	@Test
	void showsNoCredentialsOfEndpoints(CapturedOutput output) {
		fail(Connected.class, "--spring.cloud.etcd.endpoints=http://root:s3cret@etcd:2379");
		assertThat(output)
			.contains("APPLICATION FAILED TO START", "spring.cloud.etcd.endpoints", "***@etcd:2379",
					"spring.cloud.etcd.username")
			.doesNotContain("s3cret");
	}

	@Test
	void explainsAnInvalidEndpoint(CapturedOutput output) {
		fail(Connected.class, "--spring.cloud.etcd.endpoints=http://etcd:2379/v3");
		assertThat(output).contains("APPLICATION FAILED TO START", "'http://etcd:2379/v3'", "Must not have a path");
	}

	private static void fail(Class<?> application, String... arguments) {
		SpringApplication springApplication = new SpringApplicationBuilder(application).web(WebApplicationType.NONE)
			.build();
		assertThatException().isThrownBy(() -> springApplication.run(arguments).close());
	}

	@Configuration(proxyBeanMethods = false)
	static class Unavailable {

		@Bean
		Object unavailable() {
			throw new EtcdUnavailableException("The services could not be read.",
					"http://a:1: connection refused; http://b:1: not etcd",
					"spring.cloud.etcd.discovery.fail-fast=false");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Refused {

		@Bean
		Object refused() {
			throw new EtcdUnavailableException("The services could not be read.",
					"http://a:1: connection refused. Start etcd there, or correct spring.cloud.etcd.endpoints; http://b:1:"
							+ " invalid user name or password. Correct spring.cloud.etcd.username and .password; http://c:1:"
							+ " permission denied. Grant the user a role for the prefix with"
							+ " 'etcdctl role grant-permission <role> --prefix=true readwrite <prefix>'",
					"spring.cloud.etcd.discovery.fail-fast=false");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(EtcdAutoConfiguration.class)
	static class Connected {

	}

}
