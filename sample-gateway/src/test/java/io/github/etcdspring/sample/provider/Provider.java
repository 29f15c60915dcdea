package io.github.etcdspring.sample.provider;

import java.util.Map;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * A service with the starter behind the gateway, run in a separate process.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
public class Provider {

	private final Registration self;

	Provider(Registration self) {
		this.self = self;
	}

	@RequestMapping("/greeting")
	Map<String, String> greet() {
		return Map.of("instance", this.self.getInstanceId());
	}

	public static void main(String[] arguments) {
		SpringApplication application = new SpringApplication(Provider.class);
		// The application.yml of the gateway is on the same class path
		application.setDefaultProperties(
				Map.of("spring.config.name", "none", "spring.cloud.gateway.server.webflux.enabled", "false"));
		application.run(arguments);
	}

}
