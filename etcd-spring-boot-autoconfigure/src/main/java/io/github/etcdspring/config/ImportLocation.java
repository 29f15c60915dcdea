package io.github.etcdspring.config;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.github.etcdspring.client.InvalidEtcdPropertyException;

import org.springframework.boot.context.config.ConfigDataLocation;

/**
 * A location of {@code spring.config.import} that starts with {@code etcd:}.
 *
 * @param prefixes the prefixes in ascending precedence; empty for the contexts of the
 * application
 */
record ImportLocation(List<Prefix> prefixes) {

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
	static ImportLocation parse(ConfigDataLocation location) {
		String value = location.getNonPrefixedValue(SCHEME).trim();
		return new ImportLocation(Arrays.stream(SEPARATOR.split(value))
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
