package io.github.etcdspring.resilience;

import java.util.Collection;
import java.util.Map;

import io.github.resilience4j.common.CompositeCustomizer;
import io.github.resilience4j.common.timelimiter.configuration.CommonTimeLimiterConfigurationProperties;
import io.github.resilience4j.common.timelimiter.configuration.CommonTimeLimiterConfigurationProperties.InstanceProperties;
import io.github.resilience4j.common.timelimiter.configuration.TimeLimiterConfigCustomizer;
import io.github.resilience4j.timelimiter.TimeLimiter;
import io.github.resilience4j.timelimiter.TimeLimiterConfig;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;

/**
 * Time limiters. A changed one is replaced.
 */
final class TimeLimiterFollower extends
		RegistryFollower<CommonTimeLimiterConfigurationProperties, InstanceProperties, TimeLimiter, TimeLimiterConfig> {

	private final TimeLimiterRegistry timeLimiters;

	private final CompositeCustomizer<TimeLimiterConfigCustomizer> customizers;

	TimeLimiterFollower(Environment environment, TimeLimiterRegistry timeLimiters,
			CompositeCustomizer<TimeLimiterConfigCustomizer> customizers) {
		super("time limiter", "resilience4j.timelimiter", CommonTimeLimiterConfigurationProperties.class, environment,
				timeLimiters, customizers);
		this.timeLimiters = timeLimiters;
		this.customizers = customizers;
	}

	@Override
	Map<String, InstanceProperties> configurations(CommonTimeLimiterConfigurationProperties properties) {
		return properties.getConfigs();
	}

	@Override
	Map<String, InstanceProperties> instances(CommonTimeLimiterConfigurationProperties properties) {
		return properties.getInstances();
	}

	@Override
	@Nullable String baseConfiguration(InstanceProperties properties) {
		return properties.getBaseConfig();
	}

	@Override
	TimeLimiterConfig createConfiguration(CommonTimeLimiterConfigurationProperties properties, String name,
			@Nullable InstanceProperties own) {
		return properties.createTimeLimiterConfig(name, own, this.customizers);
	}

	@Override
	TimeLimiterConfig defaultConfiguration() {
		return TimeLimiterConfig.ofDefaults();
	}

	@Override
	Collection<TimeLimiter> entries() {
		return this.timeLimiters.getAllTimeLimiters();
	}

	@Override
	String name(TimeLimiter entry) {
		return entry.getName();
	}

	@Override
	TimeLimiterConfig configuration(TimeLimiter entry) {
		return entry.getTimeLimiterConfig();
	}

	@Override
	void add(String name, TimeLimiterConfig configuration) {
		this.timeLimiters.timeLimiter(name, configuration);
	}

	@Override
	TimeLimiter replacement(TimeLimiter entry, TimeLimiterConfig configuration) {
		return TimeLimiter.of(entry.getName(), configuration, entry.getTags());
	}

}
