package io.github.etcdspring.resilience;

import java.util.List;
import java.util.Set;

import io.github.etcdspring.refresh.CandidateCheck;
import io.github.etcdspring.refresh.RejectedConfigurationException;

import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Makes Resilience4j follow configuration changes: rejects a candidate that it could not
 * be configured with, and applies a change.
 */
final class ResilienceFollower implements CandidateCheck, ApplicationListener<EnvironmentChangeEvent>, Ordered {

	private final List<RegistryFollower<?, ?, ?, ?>> registries;

	ResilienceFollower(List<RegistryFollower<?, ?, ?, ?>> registries) {
		this.registries = registries;
	}

	@Override
	public void check(Environment candidate, Set<String> changed) throws RejectedConfigurationException {
		for (RegistryFollower<?, ?, ?, ?> registry : this.registries) {
			registry.check(candidate, changed);
		}
	}

	@Override
	public void onApplicationEvent(EnvironmentChangeEvent event) {
		for (RegistryFollower<?, ?, ?, ?> registry : this.registries) {
			if (registry.concerns(event.getKeys())) {
				registry.follow();
			}
		}
	}

	/** After listeners that clear caches of the environment or bind properties. */
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
