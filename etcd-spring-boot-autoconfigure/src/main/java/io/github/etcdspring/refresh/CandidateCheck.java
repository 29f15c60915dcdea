package io.github.etcdspring.refresh;

import java.util.Set;

import org.springframework.core.env.Environment;

/**
 * Checks a candidate configuration before it is applied. Beans of this type are called
 * for each change; a change that any of them rejects is not applied, and the application
 * keeps the configuration that it has.
 * <p>
 * Called on the thread that follows etcd, {@code etcd-mirror-config}: the change waits
 * until the method returns. A {@link RuntimeException} delays the change, which is then
 * tried again.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface CandidateCheck {

	/**
	 * Check a candidate.
	 * @param candidate the environment as it would be with the change, to be used during
	 * the call only
	 * @param changed the names of the properties whose value would change
	 * @throws RejectedCandidateException if the change must not be applied
	 */
	void check(Environment candidate, Set<String> changed) throws RejectedCandidateException;

}
