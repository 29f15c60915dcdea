package io.github.etcdspring.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Directory with one file for each key. Files and directories whose name begins with a
 * dot are skipped.
 */
final class ConfigDirectory {

	private final Path root;

	private final SortedSet<String> names;

	private final SortedSet<String> skipped;

	private ConfigDirectory(Path root, SortedSet<String> names, SortedSet<String> skipped) {
		this.root = root;
		this.names = Collections.unmodifiableSortedSet(names);
		this.skipped = Collections.unmodifiableSortedSet(skipped);
	}

	/**
	 * List a directory.
	 * @param root the directory
	 * @return the directory
	 * @throws InvalidInputException if it does not exist or cannot be read, or if a
	 * symbolic link refers to a place outside of it
	 */
	static ConfigDirectory list(Path root) {
		if (!Files.isDirectory(root)) {
			throw new InvalidInputException("'" + root + "' is not a directory");
		}
		try {
			DirectoryWalk walk = new DirectoryWalk(root);
			Files.walkFileTree(root, Set.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, walk);
			return new ConfigDirectory(root, walk.names(), walk.skipped());
		}
		catch (IOException ex) {
			throw InvalidInputException.of("Failed to read the directory '" + root + "'", ex);
		}
	}

	/**
	 * List a directory that may not exist yet.
	 * @param root the directory
	 * @return the directory
	 */
	static ConfigDirectory listIfExists(Path root) {
		return (Files.exists(root)) ? list(root) : new ConfigDirectory(root, new TreeSet<>(), new TreeSet<>());
	}

	/**
	 * Return the names of the files, relative to the directory and with slashes.
	 * @return an unmodifiable set
	 */
	SortedSet<String> names() {
		return this.names;
	}

	/**
	 * Return the names of the files and directories that were skipped.
	 * @return an unmodifiable set
	 */
	SortedSet<String> skipped() {
		return this.skipped;
	}

	Path file(String name) {
		return FileName.resolve(this.root, name);
	}

	/**
	 * Read the values of all files.
	 * @return the values by name
	 * @throws InvalidInputException if a file cannot be read or is not text
	 */
	SortedMap<String, String> values() {
		SortedMap<String, String> values = new TreeMap<>();
		for (String name : this.names) {
			try {
				String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(read(name))).toString();
				values.put(name, FileFormat.value(name, text));
			}
			catch (CharacterCodingException ex) {
				throw new InvalidInputException("The file '" + file(name) + "' is not UTF-8 text", ex);
			}
		}
		return values;
	}

	/**
	 * Return whether the file of a key exists and has its value.
	 * @param name name of the key
	 * @param value the value
	 * @return whether there is nothing to write
	 */
	boolean hasValue(String name, String value) {
		return this.names.contains(name)
				&& FileFormat.value(name, new String(read(name), StandardCharsets.UTF_8)).equals(value);
	}

	private byte[] read(String name) {
		try {
			return Files.readAllBytes(file(name));
		}
		catch (IOException ex) {
			throw InvalidInputException.of("Failed to read the file '" + file(name) + "'", ex);
		}
	}

	void write(String name, String value) {
		Path file = file(name);
		try {
			Path parent = file.getParent();
			if (parent != null) {
				Files.createDirectories(parent);
			}
			Files.writeString(file, FileFormat.text(name, value));
		}
		catch (IOException ex) {
			throw InvalidInputException.of("Failed to write the file '" + file + "'", ex);
		}
	}

	/**
	 * Delete a file, and the directories that are empty without it.
	 * @param name name of the file
	 */
	void delete(String name) {
		Path file = file(name);
		try {
			Files.delete(file);
			Path parent = file.getParent();
			while (parent != null && !parent.equals(this.root) && isEmpty(parent)) {
				Files.delete(parent);
				parent = parent.getParent();
			}
		}
		catch (IOException ex) {
			throw InvalidInputException.of("Failed to delete the file '" + file + "'", ex);
		}
	}

	private static boolean isEmpty(Path directory) throws IOException {
		try (Stream<Path> files = Files.list(directory)) {
			return files.findAny().isEmpty();
		}
	}

}
