package io.github.etcdspring.config.document;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

import io.etcd.jetcd.ByteSequence;
import org.jspecify.annotations.Nullable;

/**
 * The text that the bytes of a key or of a value stand for.
 */
final class KeyText {

	private KeyText() {
	}

	/**
	 * Read UTF-8 without a copy of the bytes.
	 * @param bytes the bytes
	 * @return the text, {@code null} if it is not UTF-8 throughout
	 */
	static @Nullable String decode(ByteSequence bytes) {
		String text = bytes.toString(StandardCharsets.UTF_8);
		// stands for what is not UTF-8, unless it stands for itself
		return (text.indexOf('\uFFFD') < 0) ? text : decode(bytes.getBytes());
	}

	/**
	 * Read UTF-8.
	 * @param bytes the bytes
	 * @return the text, {@code null} if it is not UTF-8 throughout
	 */
	static @Nullable String decode(byte[] bytes) {
		try {
			return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
		}
		catch (CharacterCodingException ex) {
			return null;
		}
	}

	/**
	 * A form of a key that can go into a message.
	 * @param key the key
	 * @return its text, with what nobody would see written as bytes, {@code \x0a}
	 */
	static String printable(byte[] key) {
		StringBuilder printable = new StringBuilder(key.length);
		String text = decode(key);
		if (text == null) {
			for (byte part : key) {
				if (part > ' ' && part < 0x7f) {
					printable.append((char) part);
				}
				else {
					escape(part, printable);
				}
			}
		}
		else {
			text.codePoints().forEach((character) -> {
				if (isVisible(character)) {
					printable.appendCodePoint(character);
				}
				else {
					for (byte part : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
						escape(part, printable);
					}
				}
			});
		}
		return printable.toString();
	}

	/** White space is not, nor is what steers the text around it. */
	static boolean isVisible(int character) {
		return switch (Character.getType(character)) {
			case Character.CONTROL, Character.FORMAT, Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR,
					Character.PARAGRAPH_SEPARATOR, Character.SURROGATE, Character.UNASSIGNED ->
				false;
			default -> true;
		};
	}

	private static void escape(byte part, StringBuilder printable) {
		printable.append(String.format(Locale.ROOT, "\\x%02x", part));
	}

}
