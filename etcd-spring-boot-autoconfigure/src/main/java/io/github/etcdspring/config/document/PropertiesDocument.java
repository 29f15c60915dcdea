package io.github.etcdspring.config.document;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;

import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.boot.origin.TextResourceOrigin.Location;

/**
 * A document in the format of {@link Properties}, in UTF-8, read by Spring Boot.
 */
final class PropertiesDocument {

	private PropertiesDocument() {
	}

	static List<List<NamedProperty>> read(String text, KeyOrigin origin) throws RejectedCandidateException {
		checkNames(text, origin);
		try {
			return DocumentFormat.load(new PropertiesPropertySourceLoader(),
					escape(text).getBytes(StandardCharsets.ISO_8859_1), origin);
		}
		catch (IOException | RuntimeException ex) {
			// neither message nor cause, as they may quote the document
			throw new RejectedCandidateException(origin, "does not parse");
		}
	}

	/** Spring Boot would take a second value for a correction. */
	private static void checkNames(String text, KeyOrigin origin) throws RejectedCandidateException {
		Set<String> names = new HashSet<>();
		StringBuilder entry = new StringBuilder();
		List<String> lines = text.lines().toList();
		int first = 0;
		for (int i = 0; i < lines.size(); i++) {
			String line = lines.get(i);
			if (entry.isEmpty()) {
				first = i;
				if (isComment(line)) {
					if (line.startsWith("#---") || line.startsWith("!---")) {
						names.clear();
					}
					continue;
				}
			}
			entry.append(line).append('\n');
			if (!isContinued(line) || i + 1 == lines.size()) {
				for (String name : names(entry.toString(), origin.at(new Location(first, 0)))) {
					if (!names.add(name)) {
						throw new RejectedCandidateException(origin.at(new Location(first, 0)),
								"has the same name twice");
					}
				}
				entry.setLength(0);
			}
		}
	}

	private static Set<String> names(String entry, KeyOrigin origin) throws RejectedCandidateException {
		Properties properties = new Properties();
		try {
			properties.load(new StringReader(entry));
			return properties.stringPropertyNames();
		}
		catch (IOException | IllegalArgumentException ex) {
			throw new RejectedCandidateException(origin,
					"has an escape \\u that is not followed by four hexadecimal digits");
		}
	}

	private static boolean isComment(String line) {
		String text = line.stripLeading();
		return text.startsWith("#") || text.startsWith("!");
	}

	private static boolean isContinued(String line) {
		int end = line.length();
		while (end > 0 && line.charAt(end - 1) == '\\') {
			end--;
		}
		return (line.length() - end) % 2 == 1;
	}

	/** Spring Boot reads ISO 8859-1. */
	private static String escape(String text) {
		StringBuilder escaped = new StringBuilder(text.length());
		boolean afterBackslash = false;
		for (int i = 0; i < text.length(); i++) {
			char character = text.charAt(i);
			if (character <= 0xff) {
				escaped.append(character);
			}
			else {
				// the backslash that is there would make two of it
				escaped.append((afterBackslash) ? "u" : "\\u");
				escaped.append(String.format(Locale.ROOT, "%04x", (int) character));
			}
			afterBackslash = character == '\\' && !afterBackslash;
		}
		return escaped.toString();
	}

}
