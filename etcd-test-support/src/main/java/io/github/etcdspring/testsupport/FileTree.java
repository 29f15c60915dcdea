package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Deletes directories recursively.
 */
final class FileTree {

	private FileTree() {
	}

	static void delete(Path root) {
		try {
			for (Path path : deepestFirst(root)) {
				Files.deleteIfExists(path);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot delete " + root, ex);
		}
	}

	private static List<Path> deepestFirst(Path root) throws IOException {
		try (Stream<Path> paths = Files.walk(root)) {
			return paths.sorted(Comparator.reverseOrder()).toList();
		}
		catch (NoSuchFileException ex) {
			return List.of();
		}
	}

}
