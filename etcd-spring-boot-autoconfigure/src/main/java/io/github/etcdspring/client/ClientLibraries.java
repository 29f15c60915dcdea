package io.github.etcdspring.client;

import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Detects incompatible versions of the libraries that jetcd depends on. A BOM of the
 * application may manage only some of their artifacts, which causes linkage errors.
 */
final class ClientLibraries {

	private static final Pattern JAR = Pattern.compile("([^/!\\\\]+?)-(\\d[^/!\\\\]*)\\.jar(?=[!/]|$)");

	private static final List<Library> LIBRARIES = List.of(
			new Library("gRPC", "grpc.version", "io.grpc:grpc-bom", "io.grpc.",
					List.of("io/grpc/ManagedChannel", "io/grpc/internal/GrpcUtil", "io/grpc/netty/NettyChannelBuilder",
							"io/grpc/protobuf/ProtoUtils", "io/grpc/stub/AbstractStub",
							"io/grpc/util/ForwardingLoadBalancer")),
			new Library("Netty", "netty.version", "io.netty:netty-bom", "io.netty.",
					List.of("io/netty/buffer/ByteBuf", "io/netty/channel/Channel",
							"io/netty/handler/codec/ByteToMessageDecoder",
							"io/netty/handler/codec/http2/Http2Connection", "io/netty/handler/ssl/SslContext",
							"io/netty/resolver/AddressResolver", "io/netty/util/Version")),
			new Library("Protobuf", "protobuf-java.version", "com.google.protobuf:protobuf-bom", "com.google.protobuf.",
					List.of("com/google/protobuf/Message")),
			new Library("Vert.x", "vertx.version", "io.vertx:vertx-dependencies", "io.vertx.",
					List.of("io/vertx/core/Vertx", "io/vertx/grpc/VertxChannelBuilder")));

	private ClientLibraries() {
	}

	/**
	 * Return the linkage error of these libraries that a failure comes from.
	 * @param failure the failure
	 * @return the error, {@code null} if the failure comes from something else
	 */
	static @Nullable LinkageError findError(@Nullable Throwable failure) {
		return Causes.of(failure)
			.filter(LinkageError.class::isInstance)
			.map(LinkageError.class::cast)
			.filter(ClientLibraries::isFromLibraries)
			.findFirst()
			.orElse(null);
	}

	/** Messages contain missing classes with slashes and missing methods with dots. */
	private static boolean isFromLibraries(LinkageError error) {
		String message = String.valueOf(error.getMessage()).replace('/', '.');
		StackTraceElement[] trace = error.getStackTrace();
		return LIBRARIES.stream()
			.map(Library::packages)
			.anyMatch((packages) -> message.contains(packages)
					|| (trace.length > 0 && trace[0].getClassName().startsWith(packages)));
	}

	/**
	 * Say which versions are on the class path.
	 * @param error the error that they have led to
	 * @return the error and the versions
	 */
	static String describe(LinkageError error) {
		List<Library> mixed = mixed();
		String jars = ((mixed.isEmpty()) ? LIBRARIES : mixed).stream()
			.map((library) -> library.name() + ": " + String.join(", ", library.jars()))
			.collect(Collectors.joining("; "));
		return ((mixed.isEmpty()) ? "libraries on the class path are incompatible with jetcd ("
				: "the class path contains libraries in several versions (") + error.getClass().getSimpleName() + ": "
				+ error.getMessage() + "); " + jars;
	}

	/**
	 * Return how to align the versions.
	 * @return the remedy
	 */
	static String remedy() {
		List<Library> mixed = mixed();
		if (mixed.isEmpty()) {
			return "Use the versions that jetcd depends on. Check "
					+ LIBRARIES.stream().map(Library::property).collect(Collectors.joining(", "))
					+ " and the BOMs of the application";
		}
		return mixed.stream()
			.map((library) -> "Set " + library.property() + "=" + library.newest()
					+ " where the parent or a BOM manages it, or import " + library.bom() + ":" + library.newest()
					+ " before other BOMs")
			.collect(Collectors.joining(". "));
	}

	private static List<Library> mixed() {
		return LIBRARIES.stream().filter((library) -> library.versions().size() > 1).toList();
	}

	/**
	 * Group of artifacts that must have the same version.
	 *
	 * @param name the name
	 * @param property the property by which Spring Boot manages the version
	 * @param bom the BOM that manages all artifacts
	 * @param packages common prefix of the names of its classes
	 * @param classes a class of each artifact
	 */
	private record Library(String name, String property, String bom, String packages, List<String> classes) {

		private Stream<Matcher> matches() {
			return this.classes.stream()
				.flatMap((name) -> resources(name + ".class").stream())
				.map((url) -> JAR.matcher(url.toString()).results().reduce((former, last) -> last).orElse(null))
				.filter(Objects::nonNull)
				.map((match) -> JAR.matcher(match.group()))
				.filter(Matcher::find);
		}

		Set<String> jars() {
			return matches().map(Matcher::group).collect(Collectors.toCollection(TreeSet::new));
		}

		Set<String> versions() {
			return matches().map((jar) -> jar.group(2))
				.collect(Collectors.toCollection(() -> new TreeSet<>(byNumbers())));
		}

		String newest() {
			return versions().stream().reduce("", (former, last) -> last);
		}

		private static Comparator<String> byNumbers() {
			return (one, other) -> Objects.compare(padded(one), padded(other), Comparator.naturalOrder());
		}

		private static String padded(String version) {
			return Pattern.compile("\\d+")
				.matcher(version)
				.replaceAll((number) -> "0".repeat(9).substring(0, Math.max(0, 9 - number.group().length()))
						+ number.group());
		}

		private static List<URL> resources(String name) {
			ClassLoader loader = Library.class.getClassLoader();
			try {
				return (loader != null) ? new ArrayList<>(Collections.list(loader.getResources(name))) : List.of();
			}
			catch (IOException ex) {
				return List.of();
			}
		}

	}

}
