package io.github.etcdspring.cli;

import java.util.Set;

import org.springframework.util.StringUtils;

/**
 * Converts the value of a key to the text of its file. Documents are identical. The file
 * of a single value ends with a line feed that is not part of the value, as editors and
 * version control expect it.
 */
final class FileFormat {

	private static final Set<String> DOCUMENTS = Set.of("yaml", "yml", "properties", "json");

	private FileFormat() {
	}

	static String text(String name, String value) {
		return (isDocument(name)) ? value : value + "\n";
	}

	static String value(String name, String text) {
		return (!isDocument(name) && text.endsWith("\n")) ? text.substring(0, text.length() - 1) : text;
	}

	private static boolean isDocument(String name) {
		String extension = StringUtils.getFilenameExtension(name);
		return extension != null && DOCUMENTS.contains(extension);
	}

}
