package io.github.etcdspring;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

import org.springframework.boot.convert.ApplicationConversionService;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

/**
 * The configuration metadata that IDEs show is complete and correct.
 */
class ConfigurationMetadataTests {

	private static final Path METADATA = Path.of("target/classes/META-INF/spring-configuration-metadata.json");

	/** Supported values of properties whose type does not restrict them. */
	private static final Map<String, List<String>> SUPPORTED_VALUES = Map.of("spring.cloud.etcd.discovery.scheme",
			List.of("http", "https"));

	@Test
	void everyPropertyHasATypeAndADescription() throws IOException {
		List<String> names = new ArrayList<>();
		for (JsonNode property : metadata().get("properties")) {
			String name = property.get("name").asText();
			names.add(name);
			assertThat(property.path("type").asText()).as(name).isNotBlank();
			String description = property.path("description").asText();
			assertThat(description).as(name).doesNotContainIgnoringCase("default");
			assertThatIsText(name, description);
			if (property.path("type").asText().equals("java.lang.Boolean")) {
				assertThat(description).as(name).startsWith("Whether ");
			}
			if (property.path("type").asText().startsWith("java.util.List")) {
				assertThat(description).as(name).startsWith("Comma-separated list of ");
			}
		}
		assertThat(names).hasSizeGreaterThan(30)
			.doesNotHaveDuplicates()
			.allMatch((name) -> name.startsWith("spring.cloud.etcd.") || name.startsWith("management.health.etcd.")
					|| name.startsWith("management.endpoint.etcd"));
	}

	/** In the style of Spring Boot's descriptions. */
	private static void assertThatIsText(String name, String description) {
		assertThat(description).as(name)
			.matches("[A-Z].*\\.")
			.doesNotContain("\n", "  ")
			.doesNotStartWith("The ")
			.doesNotStartWith("An ")
			.doesNotStartWith("A ");
	}

	@Test
	void booleanPropertiesHaveADefault() throws IOException {
		for (JsonNode property : metadata().get("properties")) {
			String name = property.get("name").asText();
			if (property.path("type").asText().equals("java.lang.Boolean")
					&& !name.equals("spring.cloud.etcd.ssl.enabled")) {
				assertThat(property.path("defaultValue").isBoolean()).as(name).isTrue();
			}
		}
	}

	@Test
	void everyDefaultMatchesTheTypeOfItsProperty() throws Exception {
		int defaults = 0;
		for (JsonNode property : metadata().get("properties")) {
			JsonNode value = property.path("defaultValue");
			if (!value.isMissingNode() && !value.isArray()) {
				Class<?> type = Class.forName(property.get("type").asText().replaceAll("<.*", ""));
				assertThatCode(() -> ApplicationConversionService.getSharedInstance().convert(value.asText(), type))
					.as(property.get("name").asText())
					.doesNotThrowAnyException();
				defaults++;
			}
		}
		assertThat(defaults).isGreaterThan(20);
	}

	@Test
	void hintsAreForPropertiesThatExist() throws IOException {
		List<String> names = new ArrayList<>();
		metadata().get("properties").forEach((property) -> {
			String name = property.get("name").asText();
			names.add(name);
			if (property.path("type").asText().startsWith("java.util.Map")) {
				names.addAll(List.of(name + ".keys", name + ".values"));
			}
		});
		assertThat(hints().keySet()).isNotEmpty().allMatch(names::contains);
	}

	@Test
	void hintsDescribeTheirValues() throws IOException {
		hints().forEach((name, hint) -> {
			assertThat(hint.path("values")).as(name).isNotEmpty();
			hint.path("values")
				.forEach((value) -> assertThatIsText(name + "=" + value.path("value").asText(),
						value.path("description").asText()));
		});
	}

	@Test
	void hintsListExactlyTheSupportedValues() throws IOException {
		Map<String, JsonNode> hints = hints();
		SUPPORTED_VALUES.forEach((name, words) -> {
			assertThat(values(hints.get(name))).as(name).isEqualTo(words);
			assertThat(hints.get(name).path("providers")).as(name).isEmpty();
		});
		hints.forEach((name, hint) -> {
			if (!SUPPORTED_VALUES.containsKey(name)) {
				// these values are only examples
				assertThat(hint.at("/providers/0/name").asText()).as(name).isEqualTo("any");
			}
		});
	}

	private static List<String> values(JsonNode hint) {
		return StreamSupport.stream(hint.path("values").spliterator(), false)
			.map((value) -> value.path("value").asText())
			.toList();
	}

	private static Map<String, JsonNode> hints() throws IOException {
		Map<String, JsonNode> hints = new TreeMap<>();
		metadata().get("hints").forEach((hint) -> hints.put(hint.get("name").asText(), hint));
		return hints;
	}

	private static JsonNode metadata() throws IOException {
		return new ObjectMapper().readTree(METADATA.toFile());
	}

}
