package io.github.etcdspring.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.github.etcdspring.client.InvalidEtcdPropertyException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.config.ConfigDataLocation;
import org.springframework.boot.context.config.ConfigDataResource;
import org.springframework.boot.context.config.Profiles;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;

/**
 * A location in etcd, either its part for all profiles or its part for the active ones.
 */
final class EtcdConfigDataResource extends ConfigDataResource {

	private final Location location;

	private final boolean optional;

	private final boolean profileSpecific;

	private final Profiles profiles;

	EtcdConfigDataResource(Location location, boolean optional, boolean profileSpecific, Profiles profiles) {
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
		for (Location.Prefix prefix : this.location.prefixes()) {
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

	/**
	 * A location of {@code spring.config.import} that starts with {@code etcd:}.
	 *
	 * @param prefixes the prefixes in ascending precedence; empty for the contexts of the
	 * application
	 */
	record Location(List<Prefix> prefixes) {

		static final String SCHEME = "etcd:";

		private static final String PROFILES = "?profiles";

		/** Only before another prefix, as context names may contain semicolons. */
		private static final Pattern SEPARATOR = Pattern.compile(";\\s*(?=/|etcd:|$)");

		private static final Pattern ADDRESS = Pattern.compile("(?:(https?):)?//([^/]*)(.*)");

		/**
		 * Parse a location.
		 * @param location the location as it is configured
		 * @return the prefixes
		 * @throws InvalidEtcdPropertyException if it contains an address
		 */
		static Location parse(ConfigDataLocation location) {
			String value = location.getNonPrefixedValue(SCHEME).trim();
			return new Location(Arrays.stream(SEPARATOR.split(value))
				.map((part) -> part.startsWith(SCHEME) ? part.substring(SCHEME.length()).trim() : part.trim())
				.filter((part) -> !part.isEmpty())
				.map((part) -> prefix(part, location))
				.toList());
		}

		private static Prefix prefix(String text, ConfigDataLocation location) {
			Matcher address = ADDRESS.matcher(text);
			if (address.matches()) {
				String scheme = (address.group(1) != null) ? address.group(1) : "http";
				String path = address.group(3);
				throw new InvalidEtcdPropertyException("spring.config.import", withoutUserInfo(location.toString()),
						"Must be a key prefix, not an address.",
						"Configure the address as an endpoint:\n\n    spring.cloud.etcd.endpoints=" + scheme + "://"
								+ withoutUserInfo(address.group(2)) + "\n    spring.config.import="
								+ ((location.isOptional()) ? "optional:" : "") + SCHEME
								+ ((path.length() > 1) ? path : ""));
			}
			boolean profiles = text.endsWith(PROFILES);
			String prefix = (profiles) ? text.substring(0, text.length() - PROFILES.length()) : text;
			return new Prefix(prefix.endsWith("/") ? prefix : prefix + "/", profiles);
		}

		private static String withoutUserInfo(String text) {
			return text.replaceAll("(?<=//|^)[^/@]*@", "");
		}

		/** Whether the location denotes the contexts of the application. */
		boolean isContexts() {
			return this.prefixes.isEmpty();
		}

		/** Whether a part of the location depends on the active profiles. */
		boolean hasProfiles() {
			return isContexts() || this.prefixes.stream().anyMatch(Prefix::profiles);
		}

		@Override
		public String toString() {
			return SCHEME + this.prefixes.stream().map(Prefix::toString).collect(Collectors.joining(";"));
		}

		/**
		 * A prefix of keys.
		 *
		 * @param text the prefix, with a slash at its end
		 * @param profiles whether the keys of the active profiles are imported as well
		 */
		record Prefix(String text, boolean profiles) {

			@Override
			public String toString() {
				return this.text + ((this.profiles) ? PROFILES : "");
			}

		}

	}

}
