package io.github.etcdspring.resilience;

import java.util.Collection;
import java.util.Map;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.common.CompositeCustomizer;
import io.github.resilience4j.common.bulkhead.configuration.BulkheadConfigCustomizer;
import io.github.resilience4j.common.bulkhead.configuration.CommonBulkheadConfigurationProperties;
import io.github.resilience4j.common.bulkhead.configuration.CommonBulkheadConfigurationProperties.InstanceProperties;
import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;

/**
 * Semaphore bulkheads. One that gets larger is changed in place. One that gets smaller is
 * replaced, as a change in place would wait until enough calls have ended.
 */
final class BulkheadFollower
		extends RegistryFollower<CommonBulkheadConfigurationProperties, InstanceProperties, Bulkhead, BulkheadConfig> {

	private final BulkheadRegistry bulkheads;

	private final CompositeCustomizer<BulkheadConfigCustomizer> customizers;

	BulkheadFollower(Environment environment, BulkheadRegistry bulkheads,
			CompositeCustomizer<BulkheadConfigCustomizer> customizers) {
		super("bulkhead", "resilience4j.bulkhead", CommonBulkheadConfigurationProperties.class, environment, bulkheads,
				customizers);
		this.bulkheads = bulkheads;
		this.customizers = customizers;
	}

	@Override
	Map<String, InstanceProperties> configurations(CommonBulkheadConfigurationProperties properties) {
		return properties.getConfigs();
	}

	@Override
	Map<String, InstanceProperties> instances(CommonBulkheadConfigurationProperties properties) {
		return properties.getInstances();
	}

	@Override
	@Nullable String baseConfiguration(InstanceProperties properties) {
		return properties.getBaseConfig();
	}

	@Override
	BulkheadConfig createConfiguration(CommonBulkheadConfigurationProperties properties, String name,
			@Nullable InstanceProperties own) {
		return properties.createBulkheadConfig(own, this.customizers, name);
	}

	@Override
	BulkheadConfig defaultConfiguration() {
		return BulkheadConfig.ofDefaults();
	}

	@Override
	Collection<Bulkhead> entries() {
		return this.bulkheads.getAllBulkheads();
	}

	@Override
	String name(Bulkhead entry) {
		return entry.getName();
	}

	@Override
	BulkheadConfig configuration(Bulkhead entry) {
		return entry.getBulkheadConfig();
	}

	@Override
	void add(String name, BulkheadConfig configuration) {
		this.bulkheads.bulkhead(name, configuration);
	}

	@Override
	boolean change(Bulkhead entry, BulkheadConfig configuration) {
		if (entry.getBulkheadConfig().getMaxConcurrentCalls() > configuration.getMaxConcurrentCalls()) {
			return false;
		}
		entry.changeConfig(configuration);
		return true;
	}

	@Override
	Bulkhead replacement(Bulkhead entry, BulkheadConfig configuration) {
		return Bulkhead.of(entry.getName(), configuration, entry.getTags());
	}

}
