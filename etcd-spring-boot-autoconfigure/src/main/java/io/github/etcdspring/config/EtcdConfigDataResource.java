package io.github.etcdspring.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.config.ConfigDataResource;
import org.springframework.boot.context.config.Profiles;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;

/**
 * A location in etcd, either its part for all profiles or its part for the active ones.
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

	boolean isOptional() {
		return this.optional;
	}

	boolean isProfileSpecific() {
		return this.profileSpecific;
	}

	Profiles profiles() {
		return this.profiles;
	}

	/**
	 * Return the contexts of the location.
	 * @param properties the properties that define the names of contexts
	 * @param binder binds the properties that the names contain
	 * @return the contexts, in descending precedence
	 */
	List<ConfigContext> contexts(EtcdConfigProperties properties, Binder binder) {
		List<String> bases = new ArrayList<>();
		for (ImportLocation.Prefix prefix : this.location.prefixes()) {
			if (prefix.profiles() || !this.profileSpecific) {
				bases.add(prefix.text().substring(0, prefix.text().length() - 1));
			}
		}
		if (this.location.isContexts()) {
			names(properties, binder).forEach((name) -> bases.add(start(properties.prefix()) + name));
		}
		List<ConfigContext> contexts = new ArrayList<>();
		for (String base : bases) {
			if (!this.profileSpecific) {
				contexts.add(0, new ConfigContext(base + "/"));
				continue;
			}
			for (String profile : this.profiles.getAccepted()) {
				contexts.add(0, new ConfigContext(base + properties.profileSeparator() + profile + "/"));
			}
		}
		if (this.profileSpecific && this.location.isContexts()) {
			addVariants(contexts, bases, properties, binder);
		}
		return contexts;
	}

	/** Variants take precedence over profiles, as they are more specific. */
	private static void addVariants(List<ConfigContext> contexts, List<String> bases, EtcdConfigProperties properties,
			Binder binder) {
		for (EtcdConfigProperties.Variant variant : properties.variants()) {
			String value = binder.bind(variant.property(), String.class).orElse("");
			if (!StringUtils.hasText(value)) {
				throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.config.variants", variant,
						"Must have a value. Set " + variant.property() + ".");
			}
			for (String base : bases) {
				contexts.add(0, new ConfigContext(
						base + ";" + variant.name().toLowerCase(Locale.ROOT) + "=" + value.trim() + "/"));
			}
		}
	}

	private static String start(String prefix) {
		if (!StringUtils.hasText(prefix)) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.config.prefix", prefix,
					"Must not be empty.");
		}
		return prefix.endsWith("/") ? prefix : prefix + "/";
	}

	/** Names in ascending precedence. */
	private static Set<String> names(EtcdConfigProperties properties, Binder binder) {
		Set<String> names = new LinkedHashSet<>();
		names.add(properties.defaultContext());
		if (properties.name().isEmpty()) {
			names.add(binder.bind("spring.application.name", String.class).orElse(""));
		}
		names.addAll(properties.name());
		names.removeIf((name) -> !StringUtils.hasText(name));
		return names;
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
