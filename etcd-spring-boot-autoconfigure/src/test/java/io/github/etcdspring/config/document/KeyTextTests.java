package io.github.etcdspring.config.document;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link KeyText}.
 */
class KeyTextTests {

	@Test
	void decodesOnlyWhatIsUtf8Throughout() {
		assertThat(KeyText.decode(bytes("grüße 😀"))).isEqualTo("grüße 😀");
		assertThat(KeyText.decode(new byte[] { 'a', (byte) 0xff })).isNull();
		assertThat(KeyText.decode(new byte[] { (byte) 0xc3 })).isNull();
		assertThat(KeyText.decode(new byte[] { (byte) 0xed, (byte) 0xa0, (byte) 0x80 })).as("half a character")
			.isNull();
	}

	@Test
	void printsWhatCanBeSeenAndEscapesTheRest() {
		assertThat(KeyText.printable(bytes("/config/grüße/😀"))).isEqualTo("/config/grüße/😀");
		assertThat(KeyText.printable(bytes("a b\nc\u0000\u202e"))).isEqualTo("a\\x20b\\x0ac\\x00\\xe2\\x80\\xae");
		assertThat(KeyText.printable(new byte[] { 'a', (byte) 0xff, '\n' })).isEqualTo("a\\xff\\x0a");
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
