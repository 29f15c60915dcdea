package io.github.etcdspring.config;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.config.ConfigDataResource;
import org.springframework.boot.context.config.Profiles;

/**
 * A location in etcd: what it imports whatever the profiles are, or what it imports for
 * the active profiles.
 */
final class EtcdConfigDataResource extends ConfigDataResource {

	private final ImportLocation location;

	private final boolean optional;

	private final boolean profileSpecific;

	private final Profiles profiles;

	EtcdConfigDataResource(ImportLocation location, boolean optional, boolean profileSpecific, Profiles profiles) {
		this.location = location;
		this.optional = optional;
		this.profileSpecific = profileSpecific;
		this.profiles = profiles;
	}

	ImportLocation location() {
		return this.location;
	}

	boolean isOptional() {
		return this.optional;
	}

	boolean isProfileSpecific() {
		return this.profileSpecific;
	}

	Profiles profiles() {
		return this.profiles;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof EtcdConfigDataResource resource && toString().equals(resource.toString());
	}

	@Override
	public int hashCode() {
		return toString().hashCode();
	}

	@Override
	public String toString() {
		return ((this.optional) ? "optional:" : "") + this.location + ((this.profileSpecific) ? " (profiles)" : "");
	}

}
