package io.github.etcdspring.refresh;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Generates bean classes with random combinations of properties, bound as {@code bean0},
 * {@code bean1} and so on, and an application class for them.
 */
final class GeneratedBeans extends ClassLoader {

	/**
	 * {@code @n@} stands for the name of the property, {@code @N@} for it capitalized.
	 */
	private static final List<Template> TEMPLATES = List.of(
			new Template("private String @n@ = \"default\"; public String get@N@() { return @n@; } "
					+ "public void set@N@(String v) { @n@ = v; }", "bean.set@N@(\"made\");", text("")),
			new Template(
					"private long @n@Millis = 3000; public long get@N@() { return @n@Millis; } "
							+ "public void set@N@Seconds(int v) { @n@Millis = v * 1000L; }",
					"bean.set@N@Seconds(7);", number("-seconds")),
			new Template(
					"private String @n@Base = \"/d\"; public String get@N@() { return @n@Base; } "
							+ "public void set@N@(String v) { @n@Base = \"/api\" + v; }",
					"bean.set@N@(\"/made\");", text("")),
			new Template("private String @n@ = \"h\"; public String get@N@() { return \"http://\" + @n@; } "
					+ "public void set@N@(String v) { @n@ = v; }", "bean.set@N@(\"made\");", text("")),
			new Template("private String @n@; public java.util.Optional<String> get@N@() "
					+ "{ return java.util.Optional.ofNullable(@n@); } public void set@N@(String v) { @n@ = v; }",
					"bean.set@N@(\"made\");", text("")),
			new Template("private final List<String> @n@ = new ArrayList<>(); "
					+ "public List<String> get@N@() { return @n@; }", "", list("")),
			new Template("private List<String> @n@Items = new ArrayList<>(List.of(\"d\")); "
					+ "public List<String> get@N@() { return @n@Items; }", "", list("")),
			new Template(
					"private List<String> @n@ = List.of(\"d\"); public List<String> get@N@() { return @n@; } "
							+ "public void set@N@(List<String> v) { @n@ = List.copyOf(v); }",
					"bean.set@N@(List.of(\"m\"));", list("")),
			new Template("private final Map<String, Integer> @n@ = new LinkedHashMap<>(); "
					+ "public Map<String, Integer> get@N@() { return @n@; }", "", number(".x"), number(".y")),
			new Template(
					"private final Map<String, Inner> @n@ = new LinkedHashMap<>(); "
							+ "public Map<String, Inner> get@N@() { return @n@; }",
					"", text(".x.name"), number(".x.seconds"), text(".y.name")),
			new Template(
					"private Map<String, Inner> @n@; public Map<String, Inner> get@N@() { return @n@; } "
							+ "public void set@N@(Map<String, Inner> v) { @n@ = v; }",
					"", text(".x.name"), number(".x.seconds")),
			new Template("private final Inner @n@ = new Inner(); public Inner get@N@() { return @n@; }",
					"bean.get@N@().setName(\"made\");", text(".name"), number(".seconds"), list(".items"),
					text(".deep.name")),
			new Template(
					"private Inner @n@ = new Inner(); public Inner get@N@() { return @n@; } "
							+ "public void set@N@(Inner v) { @n@ = v; }",
					"", text(".name"), number(".seconds"), list(".items")),
			new Template("private Inner @n@; public Inner get@N@() { return @n@; } "
					+ "public void set@N@(Inner v) { @n@ = v; }", "", text(".name"), number(".seconds")),
			new Template("private List<Inner> @n@ = new ArrayList<>(); public List<Inner> get@N@() { return @n@; } "
					+ "public void set@N@(List<Inner> v) { @n@ = v; }", "", text("[0].name")),
			new Template("private java.time.DayOfWeek @n@ = java.time.DayOfWeek.MONDAY; "
					+ "java.time.DayOfWeek get@N@() { return @n@; } void set@N@(java.time.DayOfWeek v) { @n@ = v; }",
					"bean.set@N@(java.time.DayOfWeek.FRIDAY);",
					value("", (random) -> List.of("tuesday", "SUNDAY").get(random.nextInt(2)))),
			new Template(
					"private java.time.Duration @n@; java.time.Duration get@N@() { return @n@; } "
							+ "void set@N@(java.time.Duration v) { @n@ = v.plusSeconds(1); }",
					"", value("", (random) -> random.nextInt(100) + "s")),
			new Template(
					"private boolean @n@; public boolean is@N@() { return @n@; } "
							+ "public void set@N@(boolean v) { @n@ = v; }",
					"bean.set@N@(true);", value("", (random) -> String.valueOf(random.nextBoolean()))),
			new Template(
					"private final Set<String> @n@ = new TreeSet<>(); "
							+ "public void set@N@(Set<String> v) { @n@.addAll(v); }",
					"bean.set@N@(Set.of(\"m\"));", list("")),
			new Template("private int[] @n@ = { 1 }; public int[] get@N@() { return @n@; } "
					+ "public void set@N@(int[] v) { @n@ = v; }", "", number("[0]")),
			new Template("private String @n@Host = \"h\"; private int @n@Port = 80; private String @n@ = \"h:80\"; "
					+ "public String get@N@Host() { return @n@Host; } public int get@N@Port() { return @n@Port; } "
					+ "public void set@N@Host(String v) { @n@Host = v; @n@ = @n@Host + ':' + @n@Port; } "
					+ "public void set@N@Port(int v) { @n@Port = v; @n@ = @n@Host + ':' + @n@Port; }",
					"bean.set@N@Host(\"made\");", text("-host"), number("-port")),
			new Template("private Point @n@ = new Point(0, 0); public Point get@N@() { return @n@; } "
					+ "public void set@N@(Point v) { @n@ = v; }", "", number(".x"), number(".y")),
			new Template("private final UUID random@N@ = UUID.randomUUID(); private String @n@ = \"\"; "
					+ "private Instant randomSince@N@ = Instant.now(); public String get@N@() { return @n@; } "
					+ "public void set@N@(String v) { @n@ = v; }", "", text("")),
			new Template(
					"private String @n@; private int @n@Count; public String get@N@() { return @n@; } "
							+ "public GENERATED set@N@(String v) { @n@ = v; @n@Count++; return this; } "
							+ "public GENERATED with@N@(String v) { @n@ = v; return this; }",
					"bean.with@N@(\"made\");", text("")),
			new Template("@Name(\"renamed-@n@\") private String @n@Odd = \"odd\"; "
					+ "public String get@N@Odd() { return @n@Odd; } public void set@N@Odd(String v) { @n@Odd = v; }",
					"", (random, name) -> Map.of("renamed-" + name, String.valueOf(random.nextInt(100)))),
			new Template("private int @n@Min = 0; private int @n@Max = 100; "
					+ "public int get@N@Min() { return @n@Min; } public int get@N@Max() { return @n@Max; } "
					+ "public void set@N@Min(int v) { if (v > @n@Max) throw new IllegalArgumentException(); @n@Min = v; } "
					+ "public void set@N@Max(int v) { if (v < @n@Min) throw new IllegalArgumentException(); @n@Max = v; }",
					"", (random, name) -> {
						int min = random.nextInt(1000);
						return Map.of(name + "-min", String.valueOf(min), name + "-max",
								String.valueOf(min + random.nextInt(10)));
					}));

	private static final String IMPORTS = "package generated; import java.time.Instant; import java.util.*; "
			+ "import org.springframework.boot.context.properties.*; import org.springframework.boot.context.properties.bind.Name; ";

	private static final String INNER = IMPORTS + "public class Inner { private String name = \"none\"; "
			+ "private long millis = 5000; private final List<String> items = new ArrayList<>(); private Inner deep; "
			+ "public String getName() { return name; } public void setName(String v) { name = v; } "
			+ "public void setSeconds(int v) { millis = v * 1000L; } public List<String> getItems() { return items; } "
			+ "public Inner getDeep() { return deep; } public void setDeep(Inner v) { deep = v; } }";

	private static final String BASE = IMPORTS + "public abstract class Base<T> { private T value; "
			+ "private List<T> values = new ArrayList<>(); public T getValue() { return value; } "
			+ "public void setValue(T v) { value = v; } public List<T> getValues() { return values; } "
			+ "public void setValues(List<T> v) { values = v; } }";

	private final Map<String, ByteArrayOutputStream> compiled = new HashMap<>();

	private final List<Group> groups = new ArrayList<>();

	private final Class<?> application;

	GeneratedBeans(int count, Random random) throws ClassNotFoundException {
		super(GeneratedBeans.class.getClassLoader());
		Map<String, String> sources = new LinkedHashMap<>();
		sources.put("Inner", INNER);
		sources.put("Base", BASE);
		sources.put("Point", "package generated; public record Point(int x, int y) { }");
		StringBuilder enabled = new StringBuilder();
		StringBuilder methods = new StringBuilder();
		for (int i = 0; i < count; i++) {
			addBean(i, random, sources, enabled, methods);
		}
		sources.put("Application",
				IMPORTS + "import org.springframework.context.annotation.*; "
						+ "@Configuration(proxyBeanMethods = false) @EnableConfigurationProperties({" + enabled
						+ "}) public class Application {" + methods + "}");
		compile(sources);
		this.application = loadClass("generated.Application");
	}

	private void addBean(int index, Random random, Map<String, String> sources, StringBuilder enabled,
			StringBuilder methods) {
		String type = "Bean" + index;
		String prefix = "bean" + index;
		boolean method = index % 3 == 1;
		boolean validated = index % 5 == 3;
		StringBuilder source = new StringBuilder(IMPORTS);
		StringBuilder defaults = new StringBuilder();
		if (!method) {
			source.append("@ConfigurationProperties(\"").append(prefix).append("\") ");
			enabled.append(type).append(".class, ");
		}
		if (validated) {
			source.append("@org.springframework.validation.annotation.Validated ");
		}
		source.append("public class ").append(type);
		if (index % 4 == 2) {
			source.append(" extends Base<Integer>");
			this.groups.add(new Group(prefix + ".value", number("")));
			this.groups.add(new Group(prefix + ".values", number("[0]")));
		}
		source.append(" {\n");
		if (validated) {
			source.append("@jakarta.validation.constraints.Min(0) private int limit; "
					+ "public int getLimit() { return limit; } public void setLimit(int v) { limit = v; }\n");
			this.groups.add(new Group(prefix + ".limit", number("")));
		}
		for (int i = 0; i < 1 + index % 4; i++) {
			String name = "p" + i;
			Template template = TEMPLATES.get((i == 0) ? index % TEMPLATES.size() : random.nextInt(TEMPLATES.size()));
			source.append(template.source(template.code(), name, type)).append('\n');
			defaults.append(template.source(template.defaults(), name, type));
			for (Property property : template.properties()) {
				this.groups.add(new Group(prefix + "." + name, property));
			}
		}
		sources.put(type, source.append('}').toString());
		if (method) {
			methods.append("@Bean @ConfigurationProperties(\"%s\") %s %s() { %s bean = new %s(); %s return bean; }\n"
				.formatted(prefix, type, prefix, type, type, defaults));
		}
	}

	private void compile(Map<String, String> sources) {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StandardJavaFileManager standard = compiler.getStandardFileManager(null, null, null);
		JavaFileManager files = new ForwardingJavaFileManager<>(standard) {

			@Override
			public JavaFileObject getJavaFileForOutput(Location location, String name, JavaFileObject.Kind kind,
					javax.tools.FileObject sibling) {
				return new SimpleJavaFileObject(URI.create("memory:///" + name), kind) {

					@Override
					public OutputStream openOutputStream() {
						return GeneratedBeans.this.compiled.computeIfAbsent(name,
								(ignored) -> new ByteArrayOutputStream());
					}

				};
			}

		};
		List<SimpleJavaFileObject> units = new ArrayList<>();
		sources.forEach((name, source) -> units.add(new SimpleJavaFileObject(
				URI.create("memory:///generated/" + name + ".java"), JavaFileObject.Kind.SOURCE) {

			@Override
			public CharSequence getCharContent(boolean ignoreEncodingErrors) {
				return source;
			}

		}));
		String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
		StringBuilder errors = new StringBuilder();
		boolean done = compiler
			.getTask(null, files, (diagnostic) -> errors.append(diagnostic).append('\n'),
					List.of("-proc:none", "-parameters", "-classpath", path), null, units)
			.call();
		if (!done) {
			throw new IllegalStateException(errors.toString());
		}
	}

	@Override
	protected Class<?> findClass(String name) throws ClassNotFoundException {
		ByteArrayOutputStream bytes = this.compiled.get(name);
		if (bytes == null) {
			throw new ClassNotFoundException(name);
		}
		return defineClass(name, bytes.toByteArray(), 0, bytes.size());
	}

	@Override
	public InputStream getResourceAsStream(String name) {
		ByteArrayOutputStream bytes = this.compiled.get(name.replace(".class", "").replace('/', '.'));
		return (bytes != null) ? new ByteArrayInputStream(bytes.toByteArray()) : super.getResourceAsStream(name);
	}

	Class<?> application() {
		return this.application;
	}

	List<Group> groups() {
		return this.groups;
	}

	private static Property text(String suffix) {
		return value(suffix, (random) -> "/" + Integer.toString(random.nextInt(1000), Character.MAX_RADIX));
	}

	private static Property number(String suffix) {
		return value(suffix, (random) -> String.valueOf(random.nextInt(1000)));
	}

	private static Property list(String suffix) {
		return (random, name) -> {
			Map<String, String> elements = new LinkedHashMap<>();
			for (int i = random.nextInt(3); i >= 0; i--) {
				elements.put(name + suffix + "[" + i + "]", "e" + random.nextInt(10));
			}
			return elements;
		};
	}

	private static Property value(String suffix, Function<Random, String> value) {
		return (random, name) -> Map.of(name + suffix, value.apply(random));
	}

	/**
	 * Generates random values of a property.
	 */
	interface Property {

		Map<String, String> values(Random random, String name);

	}

	/**
	 * Keys that are always written and removed together.
	 *
	 * @param name what their names begin with
	 * @param property creates them
	 */
	record Group(String name, Property property) {

		Map<String, String> values(Random random) {
			int last = this.name.lastIndexOf('.');
			Map<String, String> values = new LinkedHashMap<>();
			this.property.values(random, this.name.substring(last + 1))
				.forEach((name, value) -> values.put(this.name.substring(0, last + 1) + name, value));
			return values;
		}

	}

	/**
	 * Source code of a property.
	 *
	 * @param code the members
	 * @param defaults what a factory method calls
	 * @param properties the keys that it is bound to
	 */
	private record Template(String code, String defaults, Property... properties) {

		String source(String template, String name, String type) {
			return template.replace("@n@", name)
				.replace("@N@", name.toUpperCase(Locale.ROOT))
				.replace("GENERATED", type);
		}

	}

}
