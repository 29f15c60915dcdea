package io.github.etcdspring.fleet;

import java.util.List;

import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.refresh.ConfigurationStatus;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of a live instance, as published by the instance itself. It contains no
 * values of properties.
 *
 * @param service name of the service
 * @param instance id of the instance
 * @param version version of the application, {@code null} if it is not known
 * @param zone zone of the instance, {@code null} if it has none
 * @param imports prefixes of the keys that the instance imports and may read, in
 * ascending precedence within an import
 * @param appliedRevision revision of etcd whose configuration the instance uses
 * @param seenRevision newest revision of its configuration that the instance has received
 * @param rejected why the newest revision is not applied, {@code null} if it is
 * @param answers answers to the proposals and rollouts of its configuration
 * @since 0.1.0
 */
public record FleetInstance(String service, String instance, @Nullable String version, @Nullable String zone,
		List<String> imports, long appliedRevision, long seenRevision, ConfigurationStatus.@Nullable Rejected rejected,
		List<ChangeAnswer> answers) {

	public FleetInstance {
		imports = List.copyOf(imports);
		answers = List.copyOf(answers);
	}

	/**
	 * Return whether the instance imports a key.
	 * @param key the key
	 * @return whether a change of the key concerns the instance
	 */
	public boolean imports(String key) {
		return this.imports.stream().anyMatch(key::startsWith);
	}

	/**
	 * Return the answer to a proposal or rollout.
	 * @param id id of the proposal or rollout
	 * @return the answer, {@code null} if the instance has not answered
	 */
	public @Nullable ChangeAnswer answer(String id) {
		return this.answers.stream().filter((answer) -> answer.id().equals(id)).findFirst().orElse(null);
	}

	/**
	 * Return whether the instance uses the configuration of a revision, or a newer one.
	 * @param revision the revision
	 * @return whether it does
	 */
	public boolean hasApplied(long revision) {
		return this.appliedRevision >= revision;
	}

	/**
	 * Return whether the instance has rejected the configuration of a revision, or a
	 * newer one that contains it.
	 * @param revision the revision
	 * @return whether it has
	 */
	public boolean hasRejected(long revision) {
		return !hasApplied(revision) && this.rejected != null && this.rejected.revision() >= revision;
	}

}
