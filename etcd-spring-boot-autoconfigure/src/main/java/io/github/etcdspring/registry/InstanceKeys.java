package io.github.etcdspring.registry;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

import io.etcd.jetcd.ByteSequence;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;

/**
 * Creates and parses keys of instances, {@code prefix/service/instance-id}. Slashes,
 * white space and control characters in names are percent-encoded, so each name is one
 * segment and cannot refer to keys of another service.
 */
public final class InstanceKeys {

	private final String prefix;

	/**
	 * Create the keys under a prefix.
	 * @param prefix the prefix, with or without a trailing slash
	 */
	public InstanceKeys(String prefix) {
		this.prefix = StringUtils.trimTrailingCharacter(prefix.trim(), '/') + "/";
	}

	/**
	 * Create the keys under the configured prefix.
	 * @param properties the properties
	 * @return the keys
	 */
	public static InstanceKeys of(EtcdDiscoveryProperties properties) {
		InstanceKeys keys = new InstanceKeys(properties.prefix());
		if (keys.prefix.length() == 1) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.discovery.prefix",
					properties.prefix(),
					"A prefix such as /services is required, otherwise every key in etcd would be read as an instance.");
		}
		return keys;
	}

	/**
	 * Create the keys of overrides under the configured prefix.
	 * @param properties the properties
	 * @return the keys
	 */
	public static InstanceKeys ofOverrides(EtcdDiscoveryProperties properties) {
		InstanceKeys keys = new InstanceKeys(properties.overridesPrefix());
		String instances = of(properties).prefix;
		if (keys.prefix.length() == 1 || keys.prefix.startsWith(instances) || instances.startsWith(keys.prefix)) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.discovery.overrides-prefix",
					properties.overridesPrefix(),
					"A prefix such as /overrides is required, outside of the prefix of all instances.");
		}
		return keys;
	}

	/**
	 * Return the prefix of all keys.
	 * @return the prefix, with a trailing slash
	 */
	public String prefix() {
		return this.prefix;
	}

	/**
	 * Return the prefix of the keys of a service.
	 * @param serviceId name of the service
	 * @return the prefix, with a trailing slash
	 * @throws IllegalArgumentException if the name is not valid Unicode
	 */
	public String prefixOf(String serviceId) {
		return this.prefix + encode(serviceId) + "/";
	}

	/**
	 * Return the key of an instance.
	 * @param serviceId name of the service
	 * @param instanceId identifier of the instance
	 * @return the key
	 * @throws IllegalArgumentException if a name is not valid Unicode
	 */
	public String key(String serviceId, String instanceId) {
		return prefixOf(serviceId) + encode(instanceId);
	}

	/**
	 * Parse the key of an instance.
	 * @param key a key under the prefix
	 * @return the names, {@code null} if it is not a key of an instance
	 */
	public @Nullable InstanceKey parse(ByteSequence key) {
		String text;
		try {
			text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key.getBytes())).toString();
		}
		catch (CharacterCodingException ex) {
			return null;
		}
		int slash = text.indexOf('/', this.prefix.length());
		if (!text.startsWith(this.prefix) || slash <= this.prefix.length() || slash == text.length() - 1) {
			return null;
		}
		return new InstanceKey(decode(text.substring(this.prefix.length(), slash)), decode(text.substring(slash + 1)));
	}

	/**
	 * Return whether a service may have a name.
	 * @param name the name
	 * @return whether keys with this name can exist
	 */
	public static boolean isServiceName(String name) {
		return !name.isEmpty() && isUnicode(name);
	}

	/** An unpaired surrogate cannot be encoded, so the name could not be read back. */
	static boolean isUnicode(String name) {
		return StandardCharsets.UTF_8.newEncoder().canEncode(name);
	}

	private static String encode(String name) {
		if (!isUnicode(name)) {
			throw new IllegalArgumentException("Name must be valid Unicode");
		}
		StringBuilder encoded = new StringBuilder(name.length());
		for (int i = 0; i < name.length(); i++) {
			char character = name.charAt(i);
			if (character == '/' || character == '%' || Character.isISOControl(character)
					|| Character.isWhitespace(character)) {
				for (byte part : String.valueOf(character).getBytes(StandardCharsets.UTF_8)) {
					encoded.append('%').append(String.format(Locale.ROOT, "%02X", part));
				}
			}
			else {
				encoded.append(character);
			}
		}
		return encoded.toString();
	}

	/** A key written by hand may contain percent signs that are not encoded. */
	private static String decode(String segment) {
		if (segment.indexOf('%') < 0) {
			return segment;
		}
		try {
			return StringUtils.uriDecode(segment, StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			return segment;
		}
	}

}
