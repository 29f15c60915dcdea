package io.github.etcdspring.config.document;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.config.document.NamedProperty.Shape;
import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.env.PropertySourceLoader;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/**
 * Format of a document, which the end of its key tells.
 */
enum DocumentFormat {

	YAML {

		@Override
		List<List<NamedProperty>> read(String text, KeyOrigin origin) throws RejectedCandidateException {
			return YamlDocument.parse(text, origin).parts();
		}

		@Override
		boolean mayBe(String text) {
			return !isOneLine(text) || text.indexOf(':') >= 0 || "{[!&*%?#-~\"'".indexOf(text.strip().charAt(0)) >= 0;
		}

	},

	PROPERTIES {

		@Override
		List<List<NamedProperty>> read(String text, KeyOrigin origin) throws RejectedCandidateException {
			return PropertiesDocument.read(text, origin);
		}

		@Override
		boolean mayBe(String text) {
			return !isOneLine(text) || text.indexOf('=') >= 0 || text.indexOf(':') >= 0
					|| "#!".indexOf(text.strip().charAt(0)) >= 0;
		}

	},

	JSON {

		@Override
		List<List<NamedProperty>> read(String text, KeyOrigin origin) throws RejectedCandidateException {
			return List.of(JsonDocument.read(text, origin));
		}

		@Override
		boolean mayBe(String text) {
			return !isOneLine(text) || "{[".indexOf(text.strip().charAt(0)) >= 0;
		}

	};

	private static final Map<String, DocumentFormat> ENDINGS = Map.of(".yaml", YAML, ".yml", YAML, ".properties",
			PROPERTIES, ".json", JSON);

	/**
	 * The format of a key's value.
	 * @param key the key, or its end
	 * @return the format, {@code null} if the key holds one value
	 */
	static @Nullable DocumentFormat of(String key) {
		int dot = key.lastIndexOf('.');
		return (dot >= 0) ? ENDINGS.get(key.substring(dot)) : null;
	}

	/**
	 * Make properties of a document.
	 * @param text the document
	 * @param origin the key
	 * @return the properties of each of its parts, the later of which win
	 * @throws RejectedCandidateException if it is no such document
	 */
	abstract List<List<NamedProperty>> read(String text, KeyOrigin origin) throws RejectedCandidateException;

	/**
	 * Whether a text has any sign of this format, as one value does not.
	 * @param text the text
	 * @return {@code false} if it is certainly meant as one value
	 */
	abstract boolean mayBe(String text);

	static boolean isOneLine(String text) {
		return text.lines().filter((line) -> !line.isBlank()).limit(2).count() == 1;
	}

	/**
	 * Let Spring Boot read a document.
	 * @param loader reads it
	 * @param bytes the document
	 * @param origin the key
	 * @param shapes the lists and maps of each part by name, as far as they are known
	 * @return the properties of each of its parts
	 * @throws IOException never, as all is in memory
	 */
	static List<List<NamedProperty>> load(PropertySourceLoader loader, byte[] bytes, KeyOrigin origin,
			List<Map<String, Shape>> shapes) throws IOException {
		List<List<NamedProperty>> parts = new ArrayList<>();
		for (PropertySource<?> part : loader.load(origin.key(), new ByteArrayResource(bytes))) {
			List<NamedProperty> properties = new ArrayList<>();
			for (String name : ((EnumerablePropertySource<?>) part).getPropertyNames()) {
				// Spring Boot 4.1 gives an empty mapping as one property without a name
				Object value = (name != null) ? part.getProperty(name) : null;
				if (value != null) {
					properties.add(NamedProperty.of(name,
							new ConfigProperty((value instanceof CharSequence text) ? text.toString() : value,
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

}
