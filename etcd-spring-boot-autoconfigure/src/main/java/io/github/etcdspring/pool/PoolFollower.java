package io.github.etcdspring.pool;

import java.util.Set;

import io.github.etcdspring.refresh.CandidateCheck;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;

/**
 * Makes pools follow their properties.
 */
abstract class PoolFollower implements CandidateCheck, ApplicationListener<EnvironmentChangeEvent>, Ordered {

	private static final Log logger = LogFactory.getLog(PoolFollower.class);

	/**
	 * Apply a change.
	 * @param changed names of the changed properties
	 */
	abstract void follow(Set<String> changed);

	@Override
	public void onApplicationEvent(EnvironmentChangeEvent event) {
		try {
			follow(event.getKeys());
		}
		catch (RuntimeException ex) {
			logger.error("Failed to change the size of a pool: " + ex.getClass().getName());
		}
	}

	static boolean contains(Set<String> changed, ConfigurationPropertyName property) {
		return changed.stream().anyMatch((name) -> property.equals(ConfigurationPropertyName.adapt(name, '.')));
	}

	/** After listeners that clear caches of the environment. */
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
