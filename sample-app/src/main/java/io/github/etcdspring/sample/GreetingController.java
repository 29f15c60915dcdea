package io.github.etcdspring.sample;

import java.time.Duration;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.context.annotation.Profile;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Greets, after a moment of work.
 */
@RestController
@Profile("provider")
class GreetingController {

	private final Registration self;

	private final Duration work;

	GreetingController(Registration self, @Value("${greeting.work}") Duration work) {
		this.self = self;
		this.work = work;
	}

	@GetMapping("/greeting")
	Greeting greet() throws InterruptedException {
		Thread.sleep(this.work.toMillis());
		return new Greeting("Hello", this.self.getInstanceId(), this.self.getPort());
	}

}
