package io.github.etcdspring.compatibility;

import java.util.concurrent.TimeUnit;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * A service that is called by the others.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
class Orders {

	@GetMapping("/orders")
	String orders() {
		return "orders";
	}

	@PostMapping("/orders")
	String order(@RequestBody String order) {
		return order;
	}

	@GetMapping("/slow")
	String slow() throws InterruptedException {
		TimeUnit.MILLISECONDS.sleep(600);
		return "slow";
	}

}
