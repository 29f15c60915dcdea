package io.github.etcdspring.cli;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Collects the files of a directory. Symbolic links are followed inside of the directory,
 * as in the volumes of Kubernetes, and refused if they lead out of it.
 */
final class DirectoryWalk extends SimpleFileVisitor<Path> {

	private final Path root;

	private final Path realRoot;

	private final SortedSet<String> names = new TreeSet<>();

	private final SortedSet<String> skipped = new TreeSet<>();

	DirectoryWalk(Path root) throws IOException {
		this.root = root;
		this.realRoot = root.toRealPath();
	}

	SortedSet<String> names() {
		return this.names;
	}

	SortedSet<String> skipped() {
		return this.skipped;
	}

	@Override
	public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
		if (directory.equals(this.root)) {
			return FileVisitResult.CONTINUE;
		}
		if (skip(directory)) {
			return FileVisitResult.SKIP_SUBTREE;
		}
		requireInside(directory);
		return FileVisitResult.CONTINUE;
	}

	@Override
	public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
		if (!skip(file)) {
			requireInside(file);
			if (!attributes.isRegularFile()) {
				throw new InvalidInputException("'" + file + "' is not a regular file");
			}
			this.names.add(name(file));
		}
		return FileVisitResult.CONTINUE;
	}

	@Override
	public FileVisitResult visitFileFailed(Path file, IOException failure) {
		if (!file.equals(this.root) && skip(file)) {
			return FileVisitResult.CONTINUE;
		}
		throw InvalidInputException.of("Failed to read '" + file + "'", failure);
	}

	private boolean skip(Path path) {
		String name = name(path);
		boolean hidden = FileName.isHidden(name);
		if (hidden) {
			this.skipped.add(name);
		}
		return hidden;
	}

	private void requireInside(Path path) {
		try {
			if (Files.isSymbolicLink(path) && !path.toRealPath().startsWith(this.realRoot)) {
				throw new InvalidInputException(
						"'" + path + "' is a symbolic link that leads out of the directory '" + this.root + "'");
			}
		}
		catch (IOException ex) {
			throw InvalidInputException.of("Failed to follow the symbolic link '" + path + "'", ex);
		}
	}

	private String name(Path path) {
		return StreamSupport.stream(this.root.relativize(path).spliterator(), false)
			.map(Path::toString)
			.collect(Collectors.joining("/"));
	}

}
