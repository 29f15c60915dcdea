package io.github.etcdspring.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The metadata and the documentation of the properties are complete and correct.
 */
class ConsoleDocumentationTests {

	private static final Path DOCS = Path.of("../docs");

	private static final String PREFIX = "spring.cloud.etcd.console";

	private static Map<String, JsonNode> properties;

	@BeforeAll
	static void readMetadata() {
		properties = new TreeMap<>();
		new JsonMapper().readTree(Path.of("target/classes/META-INF/spring-configuration-metadata.json"))
			.get("properties")
			.forEach((property) -> properties.put(property.get("name").asString(), property));
	}

	@Test
	void everyPropertyHasADescription() {
		assertThat(properties).hasSize(7);
		properties.forEach((name, property) -> {
			String description = property.get("description").asString();
			assertThat(description).as(name).matches("[A-Z].*\\.").doesNotContainIgnoringCase("default");
			switch (property.get("type").asString()) {
				case "java.lang.Boolean" -> assertThat(description).startsWith("Whether ");
				case "java.util.List<java.lang.String>" ->
					assertThat(description).startsWith("Comma-separated list of ");
				default -> assertThat(property.get("type").asString()).isEqualTo("java.lang.String");
			}
			assertThat(property.has("defaultValue")).as(name).isTrue();
		});
	}

	@Test
	void listsEveryPropertyWithTypeDefaultAndMeaning() throws IOException {
		StringBuilder rows = new StringBuilder();
		properties.forEach((name, property) -> {
			JsonNode value = property.get("defaultValue");
			rows.append("| `" + name + "` | `" + property.get("type").asString().replaceAll("[a-z]+\\.", "") + "` | `"
					+ ((value.isArray()) ? value.get(0) : value).asString() + "` | "
					+ property.get("description").asString() + " |\n");
		});
		assertThat(Files.readString(DOCS.resolve("properties.md"))).contains("<!-- properties " + PREFIX
				+ " -->\n\n| property | type | default | meaning |\n|---|---|---|---|\n" + rows + "\n");
	}

	@Test
	void namesOnlyPropertiesThatExist() throws IOException {
		List<String> named = new ArrayList<>();
		try (Stream<Path> pages = Files.walk(DOCS)) {
			for (Path page : pages.filter((path) -> path.toString().endsWith(".md")).toList()) {
				Pattern.compile(Pattern.quote(PREFIX) + "(\\.[a-z][a-z-]*)+")
					.matcher(Files.readString(page))
					.results()
					.map(MatchResult::group)
					.forEach(named::add);
			}
		}
		assertThat(named).isNotEmpty().allMatch(properties::containsKey);
	}

}
