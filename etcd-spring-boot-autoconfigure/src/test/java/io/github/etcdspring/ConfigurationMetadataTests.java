package io.github.etcdspring;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an IDE shows for a property.
 */
class ConfigurationMetadataTests {

	private static final Path METADATA = Path.of("target/classes/META-INF/spring-configuration-metadata.json");

	@Test
	void everyPropertyHasATypeAndADescription() throws IOException {
		List<String> names = new ArrayList<>();
		for (JsonNode property : metadata().get("properties")) {
			String name = property.get("name").asText();
			names.add(name);
			assertThat(property.path("type").asText()).as(name).isNotBlank();
			String description = property.path("description").asText();
			assertThat(description).as(name)
				.isNotBlank()
				.doesNotContainIgnoringCase("default")
				.doesNotContain("\n")
				.doesNotStartWithIgnoringCase("the ")
				.doesNotStartWithIgnoringCase("an ")
				.doesNotStartWithIgnoringCase("a ");
			if (property.path("type").asText().equals("java.lang.Boolean")) {
				assertThat(description).as(name).startsWithIgnoringCase("whether ");
			}
		}
		assertThat(names).hasSizeGreaterThan(30)
			.doesNotHaveDuplicates()
			.allMatch((name) -> name.startsWith("spring.cloud.etcd.") || name.startsWith("management.health.etcd.")
					|| name.startsWith("management.endpoint.etcd."));
	}

	@Test
	void flagsSayWhatTheyAreWithoutBeingSet() throws IOException {
		for (JsonNode property : metadata().get("properties")) {
			String name = property.get("name").asText();
			if (property.path("type").asText().equals("java.lang.Boolean")
					&& !name.equals("spring.cloud.etcd.ssl.enabled")) {
				assertThat(property.path("defaultValue").isBoolean()).as(name).isTrue();
			}
		}
	}

	@Test
	void hintsAreForPropertiesThatExist() throws IOException {
		List<String> names = new ArrayList<>();
		metadata().get("properties").forEach((property) -> names.add(property.get("name").asText()));
		List<String> hints = new ArrayList<>();
		metadata().get("hints").forEach((hint) -> hints.add(hint.get("name").asText()));
		assertThat(hints).isNotEmpty().allMatch(names::contains);
	}

	private static JsonNode metadata() throws IOException {
		return new ObjectMapper().readTree(METADATA.toFile());
	}

}
