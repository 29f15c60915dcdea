package io.github.etcdspring.config;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.config.ConfigDataResource;

/**
 * A context that an import asks for.
 */
final class EtcdConfigDataResource extends ConfigDataResource {

	/** Stands for what an import asks for while imports are switched off. */
	static final EtcdConfigDataResource DISABLED = new EtcdConfigDataResource(null, true, false);

	private final @Nullable ConfigContext context;

	private final boolean optional;

	private final boolean profileSpecific;

	EtcdConfigDataResource(@Nullable ConfigContext context, boolean optional, boolean profileSpecific) {
		this.context = context;
		this.optional = optional;
		this.profileSpecific = profileSpecific;
	}

	@Nullable ConfigContext context() {
		return this.context;
	}

	boolean isMandatory() {
		return !this.optional;
	}

	boolean profileSpecific() {
		return this.profileSpecific;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof EtcdConfigDataResource resource && Objects.equals(this.context, resource.context);
	}

	@Override
	public int hashCode() {
		return Objects.hashCode(this.context);
	}

	@Override
	public String toString() {
		return "etcd keys " + this.context;
	}

}
