package io.github.etcdspring.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link FileName}.
 */
class FileNameTests {

	private static final Path DIRECTORY = Path.of("config");

	@Test
	void keyIsAFileAtItsRelativePath() {
		assertThat(FileName.resolve(DIRECTORY, "orders,prod/cache/size"))
			.isEqualTo(Path.of("config", "orders,prod", "cache", "size"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/etc/passwd", "a/", "a//b", "..", "../a", "a/../../b", "a/./b", "a\0b" })
	void refusesNamesThatAreNotPossible(String name) {
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> FileName.resolve(DIRECTORY, name))
			.withMessageContaining("'" + name + "'");
	}

	@Test
	void refusesNamesThatAreTooLong() {
		assertThatNoException().isThrownBy(() -> FileName.resolve(DIRECTORY, "a/" + "x".repeat(255)));
		assertThatExceptionOfType(InvalidInputException.class)
			.isThrownBy(() -> FileName.resolve(DIRECTORY, "a/" + "x".repeat(256)));
	}

	@ParameterizedTest
	@ValueSource(strings = { ".git", ".git/config", "a/.DS_Store", "..data/a" })
	void namesThatBeginWithADotAreHidden(String name) {
		assertThat(FileName.isHidden(name)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "a", "a/b", "a.b", "../a", "./a", "" })
	void otherNamesAreNotHidden(String name) {
		assertThat(FileName.isHidden(name)).isFalse();
	}

	@Test
	void refusesAFileAndADirectoryOfTheSameName() {
		assertThatExceptionOfType(InvalidInputException.class)
			.isThrownBy(() -> FileName.requireDistinct(new TreeSet<>(List.of("a", "a-b", "a/b/c"))))
			.withMessageContaining("'a' and 'a/b/c'");
		assertThatNoException()
			.isThrownBy(() -> FileName.requireDistinct(new TreeSet<>(List.of("a", "ab/c", "ab/d", "b"))));
	}

}
