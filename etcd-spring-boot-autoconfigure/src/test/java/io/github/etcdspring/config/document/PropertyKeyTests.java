package io.github.etcdspring.config.document;

import java.nio.charset.StandardCharsets;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link PropertyKey}.
 */
class PropertyKeyTests {

	private static final KeyOrigin origin = new KeyOrigin("/config/orders/key", 3);

	@ParameterizedTest
	@CsvSource({ "greeting, greeting", "spring/datasource/url, spring.datasource.url",
			"spring.datasource.url, spring.datasource.url", "a.b/c, a.b.c", "list[0]/name, list[0].name",
			"list/[0], list[0]", "a/b/0, a.b.0", "matrix[0][1], matrix[0][1]", "map[a/b.c], map[a/b.c]",
			"map/[/api/**], map[/api/**]", "map[[x]], map[[x]]", "grüße/😀, grüße.😀", "a_b/C-d, a_b.C-d" })
	void replacesSlashesWithDots(String path, String name) throws RejectedConfigurationException {
		assertThat(PropertyKey.toName(path, origin)).isEqualTo(name);
	}

	@ParameterizedTest
	@ValueSource(strings = { "a//b", "/a", "a/", "a..b", ".a", "a.", "a/.b", "a//[0]", "/[0]", "/" })
	void rejectsEmptySegments(String path) {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> PropertyKey.toName(path, origin))
			.withMessageStartingWith("etcd key /config/orders/key at revision 3: ")
			.withMessageContaining("segment");
	}

	@ParameterizedTest
	@ValueSource(strings = { "list[0", "list]0[", "list]", "list[", "list[]", "a[[0]", "a[0/b" })
	void rejectsUnbalancedBrackets(String path) {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> PropertyKey.toName(path, origin))
			.withMessageContaining("brackets");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a b", "a\tb", "a\n", "\u0000", "a\u00a0b", "a\u2028b", "a\u200bb", "map[a b]" })
	void rejectsInvisibleCharacters(String path) {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> PropertyKey.toName(path, origin))
			.withMessageContaining("white space");
	}

	@Test
	void decodesOnlyValidUtf8() {
		assertThat(PropertyKey.decode(bytes("grüße 😀"))).isEqualTo("grüße 😀");
		assertThat(PropertyKey.decode(bytes("\uFFFD"))).as("stands for itself").isEqualTo("\uFFFD");
		assertThat(PropertyKey.decode(ByteSequence.from(new byte[] { 'a', (byte) 0xff }))).isNull();
		assertThat(PropertyKey.decode(ByteSequence.from(new byte[] { (byte) 0xc3 }))).isNull();
		assertThat(PropertyKey.decode(ByteSequence.from(new byte[] { (byte) 0xed, (byte) 0xa0, (byte) 0x80 })))
			.as("half a character")
			.isNull();
	}

	@Test
	void escapesInvisibleCharacters() {
		assertThat(PropertyKey.printable(bytes("/config/grüße/😀"))).isEqualTo("/config/grüße/😀");
		assertThat(PropertyKey.printable(bytes("a b\nc\u0000\u202e"))).isEqualTo("a\\x20b\\x0ac\\x00\\xe2\\x80\\xae");
		assertThat(PropertyKey.printable(ByteSequence.from(new byte[] { 'a', (byte) 0xff, '\n' })))
			.isEqualTo("a\\xff\\x0a");
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
