package io.github.etcdspring.refresh;

import java.util.Set;

import org.springframework.core.env.Environment;

/**
 * Checks a candidate configuration before it is applied. All beans of this type are
 * called for each change. If one of them rejects it, the application keeps its
 * configuration.
 * <p>
 * Called on the thread that watches etcd, {@code etcd-mirror-config}, which is blocked
 * until the method returns. After a {@link RuntimeException}, the change is retried with
 * back-off.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface CandidateCheck {

	/**
	 * Check a candidate.
	 * @param candidate the environment as it would be with the change, only valid during
	 * the call
	 * @param changed names of the properties whose value would change
	 * @throws RejectedConfigurationException to reject the change
	 */
	void check(Environment candidate, Set<String> changed) throws RejectedConfigurationException;

}
