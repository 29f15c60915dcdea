package io.github.etcdspring.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SortedSet;

/**
 * Name of a key relative to the prefix, which is the name of its file relative to the
 * directory.
 */
final class FileName {

	/** Limit of common file systems, in bytes. */
	private static final int MAX_LENGTH = 255;

	private FileName() {
	}

	/**
	 * Return whether a file or key is skipped.
	 * @param name the name, with slashes
	 * @return whether a segment begins with a dot
	 */
	static boolean isHidden(String name) {
		return Arrays.stream(name.split("/"))
			.anyMatch((segment) -> segment.startsWith(".") && !segment.equals(".") && !segment.equals(".."));
	}

	/**
	 * Return the file of a key.
	 * @param directory the directory
	 * @param name the name of the key
	 * @return a path inside of the directory
	 * @throws InvalidInputException if the name is not possible
	 */
	static Path resolve(Path directory, String name) {
		Path path = directory;
		for (String segment : name.split("/", -1)) {
			path = path.resolve(requirePossible(segment, name));
		}
		return path;
	}

	private static String requirePossible(String segment, String name) {
		if (!isPossible(segment)) {
			throw new InvalidInputException("The key '" + name
					+ "' cannot be exported: as a file name it is empty, too long, relative or invalid. Rename the key,"
					+ " or use a --prefix that does not include it");
		}
		return segment;
	}

	private static boolean isPossible(String segment) {
		if (segment.isEmpty() || segment.equals(".") || segment.equals("..")
				|| segment.getBytes(StandardCharsets.UTF_8).length > MAX_LENGTH) {
			return false;
		}
		try {
			Path path = Path.of(segment);
			return !path.isAbsolute() && path.getNameCount() == 1 && path.toString().equals(segment);
		}
		catch (InvalidPathException ex) {
			return false;
		}
	}

	/**
	 * Check that no name is both a file and a directory.
	 * @param names the names of all files
	 * @throws InvalidInputException if one is
	 */
	static void requireDistinct(SortedSet<String> names) {
		for (String name : names) {
			for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
				String parent = name.substring(0, slash);
				if (names.contains(parent)) {
					throw new InvalidInputException("'" + parent + "' and '" + name
							+ "' conflict: a directory cannot contain a file and a directory with the same name."
							+ " Rename one of the keys, or delete the file if it has no key");
				}
			}
		}
	}

}
