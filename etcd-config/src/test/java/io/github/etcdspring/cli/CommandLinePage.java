package io.github.etcdspring.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The page of the documentation about the command line.
 *
 * @param text its text
 */
record CommandLinePage(String text) {

	static CommandLinePage read() {
		try {
			return new CommandLinePage(Files.readString(Path.of("../docs/command-line.md")));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns the code of a language.
	 * @param language the language, empty for output
	 * @return the snippets in their order
	 */
	List<String> snippets(String language) {
		return Pattern.compile("(?ms)^```(\\w*)\\n(.*?)\\n```$")
			.matcher(this.text)
			.results()
			.filter((snippet) -> snippet.group(1).equals(language))
			.map((snippet) -> snippet.group(2))
			.toList();
	}

}
