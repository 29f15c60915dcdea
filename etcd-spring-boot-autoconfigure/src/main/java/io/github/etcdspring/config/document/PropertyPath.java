package io.github.etcdspring.config.document;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;

/**
 * The part of a key after the prefix, as the name of a property: slashes become dots. In
 * brackets, around the index of a list or a key of a map, everything stays as it is.
 */
final class PropertyPath {

	private PropertyPath() {
	}

	/**
	 * The property that a key holds.
	 * @param path the key without the prefix of its context
	 * @param origin the key, for the message
	 * @return the name
	 * @throws RejectedCandidateException if it cannot be the name of a property
	 */
	static String toName(String path, KeyOrigin origin) throws RejectedCandidateException {
		if (!path.codePoints().allMatch(KeyText::isVisible)) {
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
