package io.github.etcdspring.benchmarks;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Generates and compiles an application with many beans that follow the configuration.
 */
final class GeneratedTypes {

	private static final int FIELDS_OF_A_CLASS = 50;

	private GeneratedTypes() {
	}

	/**
	 * Compile a configuration class.
	 * @param types the number of types, each with the properties {@code name} and
	 * {@code count} below {@code types.t0}, {@code types.t1} and so on
	 * @param fields the number of {@code @Value} fields, of the properties
	 * {@code values.v0}, {@code values.v1} and so on, a multiple of 50
	 * @return the configuration class that imports them
	 */
	static Class<?> compile(int types, int fields) throws IOException, ClassNotFoundException {
		int classes = fields / FIELDS_OF_A_CLASS;
		String source = "package generated; import org.springframework.beans.factory.annotation.Value; "
				+ "import org.springframework.boot.context.properties.*; "
				+ "import org.springframework.context.annotation.*; public class Generated { "
				+ repeat(types, GeneratedTypes::type) + repeat(classes, GeneratedTypes::values)
				+ "@Configuration(proxyBeanMethods = false) @EnableConfigurationProperties({ "
				+ repeat(types, (i) -> "Type" + i + ".class, ") + "}) @Import({ "
				+ repeat(classes, (i) -> "Values" + i + ".class, ") + "}) public static class All { } }";
		Path directory = Files.createTempDirectory("generated-types-");
		Path file = Files.writeString(directory.resolve("Generated.java"), source);
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		if (compiler.run(null, null, null, "-proc:none", "-classpath", System.getProperty("java.class.path"), "-d",
				directory.toString(), file.toString()) != 0) {
			throw new IllegalStateException("The generated types do not compile");
		}
		URLClassLoader loader = new URLClassLoader(new URL[] { directory.toUri().toURL() },
				GeneratedTypes.class.getClassLoader());
		return loader.loadClass("generated.Generated$All");
	}

	private static String type(int number) {
		return "@ConfigurationProperties(\"types.t" + number + "\") public static class Type" + number
				+ " { private String name = \"\"; private int count; public String getName() { return name; } "
				+ "public void setName(String v) { name = v; } public int getCount() { return count; } "
				+ "public void setCount(int v) { count = v; } } ";
	}

	private static String values(int number) {
		return "public static class Values" + number + " { " + repeat(FIELDS_OF_A_CLASS, (i) -> {
			String property = "v" + (number * FIELDS_OF_A_CLASS + i);
			return "@Value(\"${values." + property + ":none}\") String " + property + "; ";
		}) + "} ";
	}

	private static String repeat(int count, IntFunction<String> text) {
		return IntStream.range(0, count).mapToObj(text).collect(Collectors.joining());
	}

	/**
	 * Return a YAML document with a name for each of the types.
	 */
	static String typesDocument(int types, String value) {
		return "types:\n" + repeat(types, (i) -> "  t" + i + ":\n    name: " + value + "\n");
	}

	/**
	 * Return a YAML document with a value for each of the fields.
	 */
	static String valuesDocument(int fields, String value) {
		return "values:\n" + repeat(fields, (i) -> "  v" + i + ": " + value + "\n");
	}

	/**
	 * Return a YAML document that no bean is bound to, a hundred properties to a group.
	 */
	static String document(int properties) {
		return "document:\n" + repeat(properties,
				(i) -> ((i % 100 == 0) ? "  group" + i / 100 + ":\n" : "") + "    key" + i + ": value " + i + "\n");
	}

}
