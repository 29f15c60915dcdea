package io.github.etcdspring.config.document;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Properties;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;

import org.springframework.boot.env.PropertiesPropertySourceLoader;

/**
 * A document in the format of {@link Properties} in UTF-8, parsed by Spring Boot.
 */
final class PropertiesDocument {

	private PropertiesDocument() {
	}

	static List<List<NamedProperty>> read(String text, KeyOrigin origin) throws RejectedConfigurationException {
		try {
			return DocumentFormat.load(new PropertiesPropertySourceLoader(),
					escape(text).getBytes(StandardCharsets.ISO_8859_1), origin, List.of());
		}
		catch (IOException | RuntimeException ex) {
			// neither message nor cause, as they may quote the document
			throw new RejectedConfigurationException(origin,
					"is not a valid properties document; each \\u must be followed by four hexadecimal digits");
		}
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
