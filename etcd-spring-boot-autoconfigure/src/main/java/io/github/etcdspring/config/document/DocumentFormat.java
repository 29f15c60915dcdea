package io.github.etcdspring.config.document;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.etcdspring.config.document.NamedProperty.Shape;
import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.boot.env.PropertySourceLoader;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/**
 * Format of a document, determined by the extension of its key.
 */
enum DocumentFormat {

	YAML {

		@Override
		List<List<NamedProperty>> read(String text, KeyOrigin origin) throws RejectedConfigurationException {
			return YamlDocument.parse(text, origin).parts();
		}

		@Override
		boolean isPlausible(String text) {
			return !isOneLine(text) || text.indexOf(':') >= 0 || "{[!&*%?#-~\"'".indexOf(text.strip().charAt(0)) >= 0;
		}

	},

	PROPERTIES {

		@Override
		List<List<NamedProperty>> read(String text, KeyOrigin origin) throws RejectedConfigurationException {
			try {
				return load(new PropertiesPropertySourceLoader(), escape(text).getBytes(StandardCharsets.ISO_8859_1),
						origin, List.of());
			}
			catch (IOException | RuntimeException ex) {
				// neither message nor cause, as they may quote the document
				throw new RejectedConfigurationException(origin,
						"is not a valid properties document; each \\u must be followed by four hexadecimal digits");
			}
		}

		@Override
		boolean isPlausible(String text) {
			return !isOneLine(text) || text.indexOf('=') >= 0 || text.indexOf(':') >= 0
					|| "#!".indexOf(text.strip().charAt(0)) >= 0;
		}

	},

	JSON {

		@Override
		List<List<NamedProperty>> read(String text, KeyOrigin origin) throws RejectedConfigurationException {
			return List.of(JsonDocument.read(text, origin));
		}

		@Override
		boolean isPlausible(String text) {
			return !isOneLine(text) || "{[".indexOf(text.strip().charAt(0)) >= 0;
		}

	};

	private static final Map<String, DocumentFormat> EXTENSIONS = Map.of(".yaml", YAML, ".yml", YAML, ".properties",
			PROPERTIES, ".json", JSON);

	/**
	 * Return the document format of a key.
	 * @param key the key, or its last part
	 * @return the format, {@code null} if the value is not a document
	 */
	static @Nullable DocumentFormat of(String key) {
		int dot = key.lastIndexOf('.');
		return (dot >= 0) ? EXTENSIONS.get(key.substring(dot)) : null;
	}

	/**
	 * Parse a document.
	 * @param text the document
	 * @param origin the key
	 * @return the properties of its parts, in ascending precedence
	 * @throws RejectedConfigurationException if the document is invalid
	 */
	abstract List<List<NamedProperty>> read(String text, KeyOrigin origin) throws RejectedConfigurationException;

	/**
	 * Whether a text may be a document of this format rather than a single value.
	 * @param text the text
	 * @return {@code false} if it is certainly a single value
	 */
	abstract boolean isPlausible(String text);

	static boolean isOneLine(String text) {
		return text.lines().filter((line) -> !line.isBlank()).limit(2).count() == 1;
	}

	/**
	 * Parse a document with Spring Boot.
	 * @param loader the loader of Spring Boot
	 * @param bytes the document
	 * @param origin the key
	 * @param shapes the known lists and maps of each part by name
	 * @return the properties of its parts
	 * @throws IOException never, as the document is in memory
	 */
	static List<List<NamedProperty>> load(PropertySourceLoader loader, byte[] bytes, KeyOrigin origin,
			List<Map<String, Shape>> shapes) throws IOException {
		List<List<NamedProperty>> parts = new ArrayList<>();
		for (PropertySource<?> part : loader.load(origin.key(), new ByteArrayResource(bytes))) {
			List<NamedProperty> properties = new ArrayList<>();
			for (String name : ((EnumerablePropertySource<?>) part).getPropertyNames()) {
				// Spring Boot 4.1 maps an empty mapping to a property without a name
				Object value = (name != null) ? part.getProperty(name) : null;
				if (value != null) {
					properties.add(NamedProperty.of(name,
							new Property((value instanceof CharSequence text) ? text.toString() : value,
									place(part, name, origin)),
							(parts.size() < shapes.size()) ? shapes.get(parts.size()) : Map.of()));
				}
			}
			parts.add(properties);
		}
		return parts;
	}

	private static KeyOrigin place(PropertySource<?> part, String name, KeyOrigin origin) {
		return (OriginLookup.getOrigin(part, name) instanceof TextResourceOrigin place) ? origin.at(place.getLocation())
				: origin;
	}

	/** Spring Boot 4.0 reads ISO 8859-1; from 4.1 on the loader takes a charset. */
	private static String escape(String text) {
		StringBuilder escaped = new StringBuilder(text.length());
		boolean afterBackslash = false;
		for (int i = 0; i < text.length(); i++) {
			char character = text.charAt(i);
			if (character <= 0xff) {
				escaped.append(character);
			}
			else {
				// another backslash would escape the preceding one
				escaped.append((afterBackslash) ? "u" : "\\u");
				escaped.append(String.format(Locale.ROOT, "%04x", (int) character));
			}
			afterBackslash = character == '\\' && !afterBackslash;
		}
		return escaped.toString();
	}

}
