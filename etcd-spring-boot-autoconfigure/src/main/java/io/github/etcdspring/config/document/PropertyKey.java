package io.github.etcdspring.config.document;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * Converts keys in etcd to text and to property names. Slashes become dots, except within
 * brackets, which enclose the index of a list or the key of a map.
 */
final class PropertyKey {

	private PropertyKey() {
	}

	/**
	 * Decode UTF-8.
	 * @param bytes a key or a value
	 * @return the text, {@code null} if it is not valid UTF-8
	 */
	static @Nullable String decode(ByteSequence bytes) {
		String text = bytes.toString(StandardCharsets.UTF_8);
		// the replacement character marks invalid UTF-8, unless the text contains it
		boolean replaced = text.indexOf('\uFFFD') >= 0;
		return (!replaced || ByteSequence.from(text, StandardCharsets.UTF_8).equals(bytes)) ? text : null;
	}

	/**
	 * Return a printable form of a key.
	 * @param key the key
	 * @return the text, with invisible characters escaped as bytes such as {@code \x0a}
	 */
	static String printable(ByteSequence key) {
		String text = decode(key);
		if (text != null) {
			return printable(text);
		}
		StringBuilder printable = new StringBuilder();
		for (byte part : key.getBytes()) {
			printable.append((part > ' ' && part < 0x7f) ? Character.toString(part) : escape(part));
		}
		return printable.toString();
	}

	static String printable(String key) {
		StringBuilder printable = new StringBuilder(key.length());
		key.codePoints().forEach((character) -> {
			if (isVisible(character)) {
				printable.appendCodePoint(character);
			}
			else {
				for (byte part : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
					printable.append(escape(part));
				}
			}
		});
		return printable.toString();
	}

	private static String escape(byte part) {
		return String.format(Locale.ROOT, "\\x%02x", part);
	}

	/** Whether a character is neither white space nor a control character. */
	private static boolean isVisible(int character) {
		return switch (Character.getType(character)) {
			case Character.CONTROL, Character.FORMAT, Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR,
					Character.PARAGRAPH_SEPARATOR, Character.SURROGATE, Character.UNASSIGNED ->
				false;
			default -> true;
		};
	}

	/**
	 * Return the property name of a key.
	 * @param path the key without the prefix of its context
	 * @param origin the key, for the message
	 * @return the name
	 * @throws RejectedConfigurationException if the key is not a valid property name
	 */
	static String toName(String path, KeyOrigin origin) throws RejectedConfigurationException {
		if (!path.codePoints().allMatch(PropertyKey::isVisible)) {
			throw new RejectedConfigurationException(origin,
					"a property name must not contain white space or control characters; rename the key");
		}
		StringBuilder name = new StringBuilder(path.length());
		int depth = 0;
		char before = '/';
		for (int i = 0; i < path.length(); i++) {
			char character = path.charAt(i);
			boolean separator = depth == 0 && isSeparator(character);
			if (separator && isSeparator(before)) {
				throw emptySegment(origin);
			}
			if (character == '[') {
				depth++;
			}
			else if (character == ']' && (--depth < 0 || before == '[')) {
				throw brackets(origin);
			}
			if (!separator) {
				name.append(character);
			}
			// Spring Boot writes list[0], not list.[0]
			else if (i + 1 == path.length() || path.charAt(i + 1) != '[') {
				name.append('.');
			}
			before = (depth == 0 || character == '[') ? character : 'x';
		}
		if (depth != 0) {
			throw brackets(origin);
		}
		if (isSeparator(before)) {
			throw emptySegment(origin);
		}
		return name.toString();
	}

	private static boolean isSeparator(char character) {
		return character == '/' || character == '.';
	}

	private static RejectedConfigurationException emptySegment(KeyOrigin origin) {
		return new RejectedConfigurationException(origin,
				"the property name has an empty segment; rename the key, or add the extension .yaml, .properties or"
						+ " .json if it is a document");
	}

	private static RejectedConfigurationException brackets(KeyOrigin origin) {
		return new RejectedConfigurationException(origin,
				"brackets must be balanced and not empty, as in list[0] or map[key]; rename the key");
	}

}
