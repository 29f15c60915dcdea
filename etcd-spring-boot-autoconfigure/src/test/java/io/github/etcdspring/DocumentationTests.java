package io.github.etcdspring;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The documentation is consistent with the code: properties, examples, links and tests.
 */
class DocumentationTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final Path README = ROOT.resolve("README.md");

	private static final Path CHINESE = ROOT.resolve("README.zh-CN.md");

	private static final Path RESULTS = ROOT.resolve("docs/results.md");

	private static final String PREFIX = "spring.cloud.etcd";

	/** Tests of the console compare these with its metadata. */
	private static final String CONSOLE = PREFIX + ".console";

	private static Map<String, JsonNode> properties;

	@BeforeAll
	static void readMetadata() throws IOException {
		properties = new TreeMap<>();
		new ObjectMapper().readTree(Path.of("target/classes/META-INF/spring-configuration-metadata.json").toFile())
			.get("properties")
			.forEach((property) -> properties.put(property.get("name").asText(), property));
	}

	static List<Path> pages() throws IOException {
		try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
			List<Path> pages = new ArrayList<>(docs.filter((path) -> path.toString().endsWith(".md")).toList());
			pages.add(README);
			pages.add(CHINESE);
			return pages;
		}
	}

	@ParameterizedTest
	@MethodSource("pages")
	void showsOnlyPropertiesThatExist(Path page) throws IOException {
		for (String yaml : Snippets.of(page, "yaml")) {
			for (PropertySource<?> source : new YamlPropertySourceLoader().load(page.toString(),
					new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))) {
				assertThat(((EnumerablePropertySource<?>) source).getPropertyNames())
					.filteredOn((name) -> name.startsWith(PREFIX))
					.allMatch(DocumentationTests::isKnown);
			}
		}
	}

	private static boolean isKnown(String name) {
		return properties.containsKey(name) || name.startsWith(CONSOLE)
				|| properties.values()
					.stream()
					.filter((property) -> property.path("type").asText().startsWith("java.util.Map"))
					.anyMatch((property) -> name.startsWith(property.get("name").asText() + "."));
	}

	@ParameterizedTest
	@MethodSource("pages")
	void showsOnlyCodeThatIsCompiledAndTested(Path page) throws IOException {
		List<String> sources = new ArrayList<>();
		for (String folder : List.of("sample-app/src", "sample-gateway/src", "etcd-spring-boot-autoconfigure/src/test",
				"compatibility/src/test", "etcd-spring-boot-test/src/test")) {
			try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
				for (Path file : files.filter((path) -> path.toString().endsWith(".java")).toList()) {
					sources.add(normalize(Files.readString(file)));
				}
			}
		}
		for (String java : Snippets.of(page, "java")) {
			assertThat(sources).as(java).anyMatch((source) -> source.contains(normalize(java)));
		}
	}

	/** Tests of the sample run these programs and the commands in their READMEs. */
	@ParameterizedTest
	@ValueSource(strings = { "javascript", "go", "sh", "shell" })
	void showsOnlyCodeOfTheNeighbourSamples(String language) throws IOException {
		List<String> sources = new ArrayList<>();
		try (Stream<Path> files = Files.walk(ROOT.resolve("sample-app/neighbours"))) {
			for (Path file : files.filter(Files::isRegularFile).toList()) {
				sources.add(normalize(Files.readString(file)));
			}
		}
		assertThat(Snippets.of(ROOT.resolve("docs/neighbours.md"), language)).isNotEmpty()
			.allSatisfy((snippet) -> assertThat(sources).as(snippet)
				.anyMatch((source) -> source.contains(normalize(snippet))));
	}

	/** Tests of the sample start its modules. */
	@ParameterizedTest
	@ValueSource(strings = { "xml", "yaml", "sh" })
	void showsOnlyMigrationStepsOfTheSample(String language) throws IOException {
		List<String> sources = new ArrayList<>();
		try (Stream<Path> files = Files.walk(ROOT.resolve("migration-sample"))) {
			for (Path file : files.filter((path) -> path.toString().matches(".*\\.(xml|yml|sh)")).toList()) {
				sources.add(normalize(Files.readString(file)));
			}
		}
		assertThat(Snippets.of(ROOT.resolve("docs/migration-eureka.md"), language)).isNotEmpty()
			.allSatisfy((snippet) -> assertThat(sources).as(snippet)
				.anyMatch((source) -> source.contains(normalize(snippet))));
	}

	private static String normalize(String code) {
		return code.lines().map(String::strip).filter((line) -> !line.isEmpty()).collect(Collectors.joining("\n"));
	}

	@Test
	void listsEveryPropertyWithTypeDefaultAndMeaning() throws IOException {
		Map<String, String> tables = new LinkedHashMap<>();
		properties.forEach((name, property) -> tables.merge(group(name), row(name, property), String::concat));
		String page = Files.readString(ROOT.resolve("docs/properties.md"));
		tables.forEach((group, rows) -> assertThat(page).contains("<!-- properties " + group
				+ " -->\n\n| property | type | default | meaning |\n|---|---|---|---|\n" + rows + "\n"));
		assertThat(
				page.lines().filter((line) -> line.matches("\\| `[^`]+` \\| `.*") && !line.startsWith("| `" + CONSOLE)))
			.hasSameSizeAs(properties.keySet());
	}

	/** The longest prefix that has a table. */
	private static String group(String name) {
		return Stream.of(PREFIX + ".discovery", PREFIX + ".config", PREFIX, "management")
			.filter((group) -> name.startsWith(group + "."))
			.findFirst()
			.orElseThrow();
	}

	private static String row(String name, JsonNode property) {
		String type = property.get("type").asText().replaceAll("[a-z]+\\.|\\w+\\$", "").replace(",", ", ");
		JsonNode value = property.path("defaultValue");
		String shown = (value.isMissingNode()) ? ""
				: "`" + ((value.isArray()) ? value.get(0) : value).asText().replace("|", "\\|") + "`";
		return "| `" + name + "` | `" + type + "` | " + shown + " | " + property.path("description").asText() + " |\n";
	}

	@ParameterizedTest
	@MethodSource("pages")
	void namesOnlyPropertiesThatExist(Path page) throws IOException {
		Matcher matcher = Pattern.compile("spring\\.cloud\\.etcd(\\.[a-z][a-z-]*)+").matcher(Files.readString(page));
		assertThat(matcher.results().map(MatchResult::group)).allMatch((name) -> isKnown(name) || isGroup(name));
	}

	@ParameterizedTest
	@MethodSource("pages")
	void linksOnlyToExistingTargets(Path page) throws IOException {
		Matcher links = Pattern.compile("\\]\\((?!https?:)([^)#]*)(?:#([^)]*))?\\)").matcher(Files.readString(page));
		while (links.find()) {
			Path target = (links.group(1).isEmpty()) ? page : page.resolveSibling(links.group(1));
			assertThat(target).as(links.group()).exists();
			if (links.group(2) != null) {
				assertThat(anchors(target)).as(links.group()).contains(links.group(2));
			}
		}
	}

	@Test
	void translatedReadmeHasTheSameCodeLinksAndFigures() throws IOException {
		String english = Files.readString(README);
		String chinese = Files.readString(CHINESE);
		assertThat(Snippets.of(CHINESE, "\\w+")).isNotEmpty().isEqualTo(Snippets.of(README, "\\w+"));
		assertThat(found("\\]\\((?!README)([^)]*)\\)", chinese))
			.containsAll(found("\\]\\((?!README)([^)]*)\\)", english));
		assertThat(found("(?m)^\\|.*$", chinese).stream().flatMap((row) -> found("\\d+(?:[.,]\\d+)*", row).stream()))
			.containsExactlyInAnyOrderElementsOf(found("(?m)^\\|.*$", english).stream()
				.flatMap((row) -> found("\\d+(?:[.,]\\d+)*", row).stream())
				.toList());
		assertThat(english).contains("](" + CHINESE.getFileName() + ")");
		assertThat(chinese).contains("](" + README.getFileName() + ")");
	}

	@ParameterizedTest
	@MethodSource("pages")
	void dependenciesOfGradleAreThoseOfMaven(Path page) throws IOException {
		List<String> maven = new ArrayList<>();
		for (String xml : Snippets.of(page, "xml")) {
			for (String dependency : found("(?s)<dependency>.*?</dependency>", xml)) {
				String scope = (dependency.contains("<scope>test</scope>")) ? "testImplementation" : "implementation";
				maven.add(scope + " '" + String.join(":", found("<(?:groupId|artifactId|version)>([^<]*)<", dependency))
						+ "'");
			}
		}
		List<String> gradle = Snippets.of(page, "groovy").stream().flatMap(String::lines).toList();
		// its sample is built with Maven, and its dependencies are those before and after
		if (!page.endsWith("docs/migration-eureka.md")) {
			assertThat(gradle).isEqualTo(maven);
		}
	}

	@Test
	void comparisonContainsOnlyMeasuredFigures() throws IOException {
		String page = Files.readString(ROOT.resolve("docs/comparison.md"));
		String figures = page.substring(page.indexOf("## Figures"), page.indexOf("## What this starter"));
		String measured = Files.readString(RESULTS) + Files.readString(README);
		assertThat(found("(?m)^\\|.*$", figures).stream().flatMap((row) -> found("\\d+(?:[.,]\\d+)*", row).stream()))
			.isNotEmpty()
			.allSatisfy((figure) -> assertThat(found("\\d+(?:[.,]\\d+)*", measured))
				.anyMatch((number) -> number.startsWith(figure)));
	}

	/** Returns the first group of each match, or all of it. */
	private static List<String> found(String pattern, String text) {
		return Pattern.compile(pattern)
			.matcher(text)
			.results()
			.map((match) -> match.group(Math.min(1, match.groupCount())))
			.toList();
	}

	@Test
	void contractLinksToAllItsFiles() throws IOException {
		String page = Files.readString(ROOT.resolve("docs/contract.md"));
		try (Stream<Path> files = Files.walk(ROOT.resolve("docs/contract"))) {
			assertThat(files.filter(Files::isRegularFile).map((file) -> ROOT.resolve("docs").relativize(file)))
				.isNotEmpty()
				.allSatisfy((file) -> assertThat(page).contains("](" + file + ")"));
		}
	}

	@Test
	void namesOnlyTestsThatExist() throws IOException {
		Matcher tests = Pattern.compile("`(\\w+Tests)\\.(\\w+)`").matcher(Files.readString(RESULTS));
		Map<String, Path> sources = sources();
		int found = 0;
		while (tests.find()) {
			assertThat(sources).containsKey(tests.group(1));
			assertThat(sources.get(tests.group(1))).content().contains("void " + tests.group(2) + "(");
			found++;
		}
		assertThat(found).isPositive();
	}

	@Test
	void namesATestForEachPromise() throws IOException {
		List<String> promises = Pattern
			.compile("(?m)^\\| \\*\\*([A-Z]\\d+)\\*\\* .*Tests\\..*`(?:mvn|benchmarks/|src/ci/|\\./demo).*$")
			.matcher(Files.readString(RESULTS))
			.results()
			.map((promise) -> promise.group(1))
			.toList();
		assertThat(promises).containsExactly("G1", "G2", "G3", "G4", "G5", "D6", "D7", "D8", "D9", "C10", "C11", "C12",
				"C13", "C14", "C15", "C16", "K21", "K22", "K23", "F24", "F25", "F26", "E17", "E18", "E19", "E20");
	}

	private static Map<String, Path> sources() throws IOException {
		try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
			return files.filter((file) -> file.toString().endsWith("Tests.java"))
				.collect(Collectors.toMap((file) -> file.getFileName().toString().replace(".java", ""),
						Function.identity()));
		}
	}

	/** Anchors as GitHub derives them from headings. */
	private static List<String> anchors(Path page) throws IOException {
		return Files.readString(page)
			.lines()
			.filter((line) -> line.matches("#+ .*"))
			.map((line) -> line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT))
			.map((heading) -> heading.replaceAll("[^\\w -]", "").replace(' ', '-'))
			.toList();
	}

	private static boolean isGroup(String name) {
		return properties.keySet().stream().anyMatch((property) -> property.startsWith(name + "."));
	}

}
