package io.github.etcdspring.resilience;

import java.util.Collection;
import java.util.Map;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.common.CompositeCustomizer;
import io.github.resilience4j.common.circuitbreaker.configuration.CircuitBreakerConfigCustomizer;
import io.github.resilience4j.common.circuitbreaker.configuration.CommonCircuitBreakerConfigurationProperties;
import io.github.resilience4j.common.circuitbreaker.configuration.CommonCircuitBreakerConfigurationProperties.InstanceProperties;
import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;

/**
 * Circuit breakers. A changed one is replaced and keeps its state, but none of its
 * recorded calls.
 */
final class CircuitBreakerFollower extends
		RegistryFollower<CommonCircuitBreakerConfigurationProperties, InstanceProperties, CircuitBreaker, CircuitBreakerConfig> {

	private final CircuitBreakerRegistry circuitBreakers;

	private final CompositeCustomizer<CircuitBreakerConfigCustomizer> customizers;

	CircuitBreakerFollower(Environment environment, CircuitBreakerRegistry circuitBreakers,
			CompositeCustomizer<CircuitBreakerConfigCustomizer> customizers) {
		super("circuit breaker", "resilience4j.circuitbreaker", CommonCircuitBreakerConfigurationProperties.class,
				environment, circuitBreakers, customizers);
		this.circuitBreakers = circuitBreakers;
		this.customizers = customizers;
	}

	@Override
	Map<String, InstanceProperties> configurations(CommonCircuitBreakerConfigurationProperties properties) {
		return properties.getConfigs();
	}

	@Override
	Map<String, InstanceProperties> instances(CommonCircuitBreakerConfigurationProperties properties) {
		return properties.getInstances();
	}

	@Override
	@Nullable String baseConfiguration(InstanceProperties properties) {
		return properties.getBaseConfig();
	}

	/** Unlike other kinds, a shared configuration does not inherit from the default. */
	@Override
	@Nullable String implicitBase(Map<String, InstanceProperties> configurations, String name, @Nullable InstanceProperties own) {
		InstanceProperties sameName = configurations.get(name);
		if (sameName != null) {
			return (sameName != own) ? name : null;
		}
		return super.implicitBase(configurations, name, own);
	}

	@Override
	CircuitBreakerConfig createConfiguration(CommonCircuitBreakerConfigurationProperties properties, String name,
			@Nullable InstanceProperties own) {
		return properties.createCircuitBreakerConfig(name, own, this.customizers);
	}

	@Override
	CircuitBreakerConfig defaultConfiguration() {
		return CircuitBreakerConfig.ofDefaults();
	}

	@Override
	Collection<CircuitBreaker> entries() {
		return this.circuitBreakers.getAllCircuitBreakers();
	}

	@Override
	String name(CircuitBreaker entry) {
		return entry.getName();
	}

	@Override
	CircuitBreakerConfig configuration(CircuitBreaker entry) {
		return entry.getCircuitBreakerConfig();
	}

	@Override
	void add(String name, CircuitBreakerConfig configuration) {
		this.circuitBreakers.circuitBreaker(name, configuration);
	}

	@Override
	CircuitBreaker replacement(CircuitBreaker entry, CircuitBreakerConfig configuration) {
		CircuitBreaker replacement = CircuitBreaker.of(entry.getName(), configuration, entry.getTags());
		CircuitBreaker.State state = entry.getState();
		if (state != replacement.getState()) {
			switch (state) {
				case CLOSED -> replacement.transitionToClosedState();
				case OPEN -> replacement.transitionToOpenState();
				case HALF_OPEN -> {
					replacement.transitionToOpenState();
					replacement.transitionToHalfOpenState();
				}
				case FORCED_OPEN -> replacement.transitionToForcedOpenState();
				case DISABLED -> replacement.transitionToDisabledState();
				case METRICS_ONLY -> replacement.transitionToMetricsOnlyState();
			}
		}
		return replacement;
	}

}
