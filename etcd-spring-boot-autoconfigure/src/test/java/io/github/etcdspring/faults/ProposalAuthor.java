package io.github.etcdspring.faults;

import java.time.Duration;

import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigProposal.Consent;
import io.github.etcdspring.operations.EtcdConfigOperations;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Proposes a change in a separate process, and waits for the answers until it is killed.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ProposalAuthor {

	public static void main(String[] arguments) {
		SpringApplication.run(ProposalAuthor.class, arguments);
	}

	@Bean
	ApplicationRunner proposal(EtcdConfigOperations operations) {
		return (arguments) -> operations.propose("jane", "", ConfigChange.put("/config/orders/size", "2"))
			.write(Consent.ALL, Duration.ofMinutes(10));
	}

}
