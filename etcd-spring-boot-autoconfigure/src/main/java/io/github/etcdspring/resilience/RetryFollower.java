package io.github.etcdspring.resilience;

import java.util.Collection;
import java.util.Map;

import io.github.resilience4j.common.CompositeCustomizer;
import io.github.resilience4j.common.retry.configuration.CommonRetryConfigurationProperties;
import io.github.resilience4j.common.retry.configuration.CommonRetryConfigurationProperties.InstanceProperties;
import io.github.resilience4j.common.retry.configuration.RetryConfigCustomizer;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.retry.RetryRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;

/**
 * Retries. A changed one is replaced.
 */
final class RetryFollower
		extends RegistryFollower<CommonRetryConfigurationProperties, InstanceProperties, Retry, RetryConfig> {

	private final RetryRegistry retries;

	private final CompositeCustomizer<RetryConfigCustomizer> customizers;

	RetryFollower(Environment environment, RetryRegistry retries,
			CompositeCustomizer<RetryConfigCustomizer> customizers) {
		super("retry", "resilience4j.retry", CommonRetryConfigurationProperties.class, environment, retries,
				customizers);
		this.retries = retries;
		this.customizers = customizers;
	}

	@Override
	Map<String, InstanceProperties> configurations(CommonRetryConfigurationProperties properties) {
		return properties.getConfigs();
	}

	@Override
	Map<String, InstanceProperties> instances(CommonRetryConfigurationProperties properties) {
		return properties.getInstances();
	}

	@Override
	@Nullable String baseConfiguration(InstanceProperties properties) {
		return properties.getBaseConfig();
	}

	@Override
	RetryConfig createConfiguration(CommonRetryConfigurationProperties properties, String name,
			@Nullable InstanceProperties own) {
		return properties.createRetryConfig(own, this.customizers, name);
	}

	@Override
	RetryConfig defaultConfiguration() {
		return RetryConfig.ofDefaults();
	}

	@Override
	Collection<Retry> entries() {
		return this.retries.getAllRetries();
	}

	@Override
	String name(Retry entry) {
		return entry.getName();
	}

	@Override
	RetryConfig configuration(Retry entry) {
		return entry.getRetryConfig();
	}

	@Override
	void add(String name, RetryConfig configuration) {
		this.retries.retry(name, configuration);
	}

	@Override
	Retry replacement(Retry entry, RetryConfig configuration) {
		return Retry.of(entry.getName(), configuration, entry.getTags());
	}

}
