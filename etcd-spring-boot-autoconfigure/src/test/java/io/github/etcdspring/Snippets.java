package io.github.etcdspring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads fenced code blocks from a page of the documentation.
 */
final class Snippets {

	private Snippets() {
	}

	static List<String> of(Path page, String language) throws IOException {
		return Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
			.matcher(Files.readString(page))
			.results()
			.map((snippet) -> snippet.group(1))
			.toList();
	}

}
