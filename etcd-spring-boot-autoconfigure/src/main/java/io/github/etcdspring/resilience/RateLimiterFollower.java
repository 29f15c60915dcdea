package io.github.etcdspring.resilience;

import java.util.Collection;
import java.util.Map;

import io.github.resilience4j.common.CompositeCustomizer;
import io.github.resilience4j.common.ratelimiter.configuration.CommonRateLimiterConfigurationProperties;
import io.github.resilience4j.common.ratelimiter.configuration.CommonRateLimiterConfigurationProperties.InstanceProperties;
import io.github.resilience4j.common.ratelimiter.configuration.RateLimiterConfigCustomizer;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;

/**
 * Rate limiters. A new limit or timeout applies in place, from the next period on. A new
 * period starts with all permissions.
 */
final class RateLimiterFollower extends
		RegistryFollower<CommonRateLimiterConfigurationProperties, InstanceProperties, RateLimiter, RateLimiterConfig> {

	private final RateLimiterRegistry rateLimiters;

	private final CompositeCustomizer<RateLimiterConfigCustomizer> customizers;

	RateLimiterFollower(Environment environment, RateLimiterRegistry rateLimiters,
			CompositeCustomizer<RateLimiterConfigCustomizer> customizers) {
		super("rate limiter", "resilience4j.ratelimiter", CommonRateLimiterConfigurationProperties.class, environment,
				rateLimiters, customizers);
		this.rateLimiters = rateLimiters;
		this.customizers = customizers;
	}

	@Override
	Map<String, InstanceProperties> configurations(CommonRateLimiterConfigurationProperties properties) {
		return properties.getConfigs();
	}

	@Override
	Map<String, InstanceProperties> instances(CommonRateLimiterConfigurationProperties properties) {
		return properties.getInstances();
	}

	@Override
	@Nullable String baseConfiguration(InstanceProperties properties) {
		return properties.getBaseConfig();
	}

	@Override
	RateLimiterConfig createConfiguration(CommonRateLimiterConfigurationProperties properties, String name,
			@Nullable InstanceProperties own) {
		return properties.createRateLimiterConfig(own, this.customizers, name);
	}

	@Override
	RateLimiterConfig defaultConfiguration() {
		return RateLimiterConfig.ofDefaults();
	}

	@Override
	Collection<RateLimiter> entries() {
		return this.rateLimiters.getAllRateLimiters();
	}

	@Override
	String name(RateLimiter entry) {
		return entry.getName();
	}

	@Override
	RateLimiterConfig configuration(RateLimiter entry) {
		return entry.getRateLimiterConfig();
	}

	@Override
	void add(String name, RateLimiterConfig configuration) {
		this.rateLimiters.rateLimiter(name, configuration);
	}

	@Override
	boolean change(RateLimiter entry, RateLimiterConfig configuration) {
		RateLimiterConfig former = entry.getRateLimiterConfig();
		if (!former.getLimitRefreshPeriod().equals(configuration.getLimitRefreshPeriod())
				|| former.isWritableStackTraceEnabled() != configuration.isWritableStackTraceEnabled()) {
			return false;
		}
		entry.changeLimitForPeriod(configuration.getLimitForPeriod());
		entry.changeTimeoutDuration(configuration.getTimeoutDuration());
		return true;
	}

	@Override
	RateLimiter replacement(RateLimiter entry, RateLimiterConfig configuration) {
		return RateLimiter.of(entry.getName(), configuration, entry.getTags());
	}

}
