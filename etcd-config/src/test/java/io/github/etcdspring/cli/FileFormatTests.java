package io.github.etcdspring.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FileFormat}.
 */
class FileFormatTests {

	@ParameterizedTest
	@ValueSource(strings = { "", "hello", "hello\n", "\n", "hello\n\n", "a\nb", "hello\r\n" })
	void valueIsRestoredFromItsFile(String value) {
		for (String name : new String[] { "greeting", "cache/size", "application.yaml", "a.yml", "b.properties",
				"c.json" }) {
			assertThat(FileFormat.value(name, FileFormat.text(name, value))).isEqualTo(value);
		}
	}

	@Test
	void lastLineFeedIsNotPartOfASingleValue() {
		assertThat(FileFormat.text("greeting", "hello")).isEqualTo("hello\n");
		assertThat(FileFormat.value("greeting", "hello\n")).isEqualTo("hello");
		assertThat(FileFormat.value("greeting", "hello")).isEqualTo("hello");
	}

	@Test
	void documentsAreIdentical() {
		assertThat(FileFormat.text("application.yaml", "a: b")).isEqualTo("a: b");
		assertThat(FileFormat.value("application.yaml", "a: b\n")).isEqualTo("a: b\n");
	}

}
