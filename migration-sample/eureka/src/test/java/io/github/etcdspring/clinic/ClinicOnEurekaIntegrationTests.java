package io.github.etcdspring.clinic;

import java.time.Duration;

import io.github.etcdspring.clinic.servers.ConfigServerApplication;
import io.github.etcdspring.clinic.servers.EurekaServerApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The clinic before the migration.
 */
class ClinicOnEurekaIntegrationTests {

	@Test
	void runs() {
		try (ConfigurableApplicationContext eureka = start(EurekaServerApplication.class,
				"eureka.client.register-with-eureka=false", "eureka.client.fetch-registry=false",
				"eureka.server.response-cache-update-interval-ms=500", "spring.cloud.config.enabled=false");
				ConfigurableApplicationContext config = start(ConfigServerApplication.class,
						"spring.profiles.active=native", "spring.cloud.config.enabled=false",
						"spring.cloud.config.server.native.search-locations=file:../config-repo/",
						"spring.cloud.discovery.enabled=false",
						"spring.cloud.service-registry.auto-registration.enabled=false");
				Clinic clinic = new Clinic("CONFIG_SERVER_URL=http://localhost:" + port(config),
						"EUREKA_URL=http://localhost:" + port(eureka) + "/eureka/", "spring.cloud.config.enabled=true",
						"eureka.client.jersey.enabled=false", "eureka.client.restclient.enabled=true",
						"eureka.client.registry-fetch-interval-seconds=1",
						"spring.cloud.loadbalancer.cache.enabled=false")) {
			Awaitility.await().atMost(Duration.ofSeconds(60)).ignoreExceptions().untilAsserted(clinic::takesInAPet);
			clinic.hire("Grace");
			clinic.hire("Alan");
			clinic.hire("Barbara");
			assertThat(clinic.firstPageOfVets()).hasSize(2);
			clinic.isHealthyInSpringBootAdmin();
		}
	}

	private static ConfigurableApplicationContext start(Class<?> application, String... properties) {
		return new SpringApplicationBuilder(application).properties(properties)
			.properties("spring.config.location=optional:classpath:/none/", "server.port=0",
					"spring.main.register-shutdown-hook=false")
			.run();
	}

	private static String port(ConfigurableApplicationContext context) {
		return context.getEnvironment().getRequiredProperty("local.server.port");
	}

}
