package com.example.consumer;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The libraries that Maven has put together, by the place they have in a repository.
 */
final class ClassPath {

	/** What has to come in one version, each a directory of a repository with an optional start of an artifact. */
	private static final String[] ALIGNED = { "/io/netty/netty-", "/io/grpc/", "/com/google/protobuf/protobuf-java/",
			"/com/fasterxml/jackson/core/jackson-core/", "/com/fasterxml/jackson/core/jackson-databind/",
			"/io/vertx/", "/org/springframework/boot/", "/org/springframework/spring-" };

	private ClassPath() {
	}

	/**
	 * Fails unless each family of libraries is there, and in one version.
	 */
	static void check() {
		for (String family : ALIGNED) {
			Map<String, Set<String>> versions = versions(family);
			System.out.println(family + " " + versions.keySet());
			if (versions.size() != 1) {
				throw new IllegalStateException("Not in one version: " + family + " " + versions);
			}
		}
	}

	private static Map<String, Set<String>> versions(String family) {
		Map<String, Set<String>> versions = new TreeMap<>();
		for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
			Path jar = Path.of(entry);
			String name = jar.toString().replace(File.separatorChar, '/');
			// tcnative is OpenSSL's, with versions of its own
			if (name.endsWith(".jar") && name.contains(family) && !name.contains("/netty-tcnative")) {
				versions.computeIfAbsent(jar.getParent().getFileName().toString(), (version) -> new TreeSet<>())
					.add(jar.getFileName().toString());
			}
		}
		return versions;
	}

}
