package io.github.etcdspring.faults;

import java.time.Duration;

import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.rollout.EtcdRolloutOperations;
import io.github.etcdspring.rollout.RolloutPlan;
import io.github.etcdspring.rollout.RolloutTarget;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Starts a rollout in a separate process, and drives it until it is killed.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class RolloutAuthor {

	public static void main(String[] arguments) {
		SpringApplication.run(RolloutAuthor.class, arguments);
	}

	@Bean
	ApplicationRunner rollout(EtcdRolloutOperations operations) {
		return (arguments) -> operations.start(RolloutPlan.of("jane", "", ConfigChange.put("/config/orders/size", "2"))
			.step(RolloutTarget.instances("one"), Duration.ofSeconds(5)));
	}

}
