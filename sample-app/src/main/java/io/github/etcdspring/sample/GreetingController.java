package io.github.etcdspring.sample;

import io.github.etcdspring.refresh.LiveProperties;

import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.context.annotation.Profile;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Returns the configured greeting after a configured delay.
 */
@RestController
@Profile("provider")
class GreetingController {

	private final Registration self;

	private final LiveProperties<GreetingProperties> properties;

	GreetingController(Registration self, LiveProperties<GreetingProperties> properties) {
		this.self = self;
		this.properties = properties;
	}

	@GetMapping("/greeting")
	Greeting greet() throws InterruptedException {
		GreetingProperties current = this.properties.get();
		Thread.sleep(current.work().toMillis());
		return new Greeting(current.message(), this.self.getInstanceId(), this.self.getPort());
	}

}
