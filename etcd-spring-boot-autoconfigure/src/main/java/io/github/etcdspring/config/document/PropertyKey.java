package io.github.etcdspring.config.document;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;
import org.jspecify.annotations.Nullable;

/**
 * Turns keys in etcd into text and into names of properties. Slashes become dots; in
 * brackets, around the index of a list or a key of a map, everything stays as it is.
 */
final class PropertyKey {

	private PropertyKey() {
	}

	/**
	 * Decode UTF-8.
	 * @param bytes a key or a value
	 * @return the text, {@code null} if it is not UTF-8 throughout
	 */
	static @Nullable String decode(ByteSequence bytes) {
		String text = bytes.toString(StandardCharsets.UTF_8);
		// stands for what is not UTF-8, unless it stands for itself
		boolean replaced = text.indexOf('\uFFFD') >= 0;
		return (!replaced || ByteSequence.from(text, StandardCharsets.UTF_8).equals(bytes)) ? text : null;
	}

	/**
	 * A form of a key that can go into a message.
	 * @param key the key
	 * @return its text, with what nobody would see written as bytes, {@code \x0a}
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

	/** White space is not, nor is what steers the text around it. */
	private static boolean isVisible(int character) {
		return switch (Character.getType(character)) {
			case Character.CONTROL, Character.FORMAT, Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR,
					Character.PARAGRAPH_SEPARATOR, Character.SURROGATE, Character.UNASSIGNED ->
				false;
			default -> true;
		};
	}

	/**
	 * The property that a key holds.
	 * @param path the key without the prefix of its context
	 * @param origin the key, for the message
	 * @return the name
	 * @throws RejectedCandidateException if it cannot be the name of a property
	 */
	static String toName(String path, KeyOrigin origin) throws RejectedCandidateException {
		if (!path.codePoints().allMatch(PropertyKey::isVisible)) {
			throw new RejectedCandidateException(origin,
					"a name of a property has no white space and no control characters; rename the key");
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

	private static RejectedCandidateException emptySegment(KeyOrigin origin) {
		return new RejectedCandidateException(origin,
				"a segment of the property's name is empty; rename the key, or end it with .yaml, .properties or .json"
						+ " if it holds a document");
	}

	private static RejectedCandidateException brackets(KeyOrigin origin) {
		return new RejectedCandidateException(origin,
				"brackets come in pairs and are not empty, as in list[0] or map[key]; rename the key");
	}

}
