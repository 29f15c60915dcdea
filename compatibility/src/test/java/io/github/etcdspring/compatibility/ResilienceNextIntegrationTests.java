package io.github.etcdspring.compatibility;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.aop.support.AopUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same with the starter of Resilience4j for Spring Boot 4, which has its registries
 * in the refresh scope. The build runs it with that version.
 */
@Tag("resilience4j-next")
class ResilienceNextIntegrationTests extends ResilienceIntegrationTests {

	@Test
	void registryWasInTheRefreshScope() {
		assertThat(AopUtils.isAopProxy(bean(CircuitBreakerRegistry.class))).isTrue();
	}

}
