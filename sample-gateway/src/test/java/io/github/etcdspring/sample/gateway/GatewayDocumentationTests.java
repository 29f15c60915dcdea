package io.github.etcdspring.sample.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;

import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the snippets in the documentation with the sample gateway.
 */
class GatewayDocumentationTests {

	@Test
	void propertiesMatchTheSample() throws IOException {
		Map<String, Object> all = properties(Files.readString(Path.of("src/main/resources/application.yml")));
		all.putAll(properties(Files.readString(Path.of("src/test/resources/routes.yaml"))));
		List<String> shown = snippets("yaml");
		assertThat(shown).hasSize(3);
		for (String yaml : shown) {
			assertThat(all).containsAllEntriesOf(properties(yaml));
		}
	}

	@Test
	void dependenciesMatchTheSample() throws IOException {
		String pom = normalize(Files.readString(Path.of("pom.xml")));
		assertThat(snippets("xml")).singleElement().satisfies((xml) -> assertThat(pom).contains(normalize(xml)));
	}

	private static Map<String, Object> properties(String yaml) throws IOException {
		Map<String, Object> properties = new LinkedHashMap<>();
		for (PropertySource<?> source : new YamlPropertySourceLoader().load("yaml",
				new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))) {
			for (String name : ((EnumerablePropertySource<?>) source).getPropertyNames()) {
				properties.put(name, String.valueOf(source.getProperty(name)));
			}
		}
		return properties;
	}

	/**
	 * Return the snippets of the page in a language.
	 */
	static List<String> snippets(String language) throws IOException {
		return Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
			.matcher(Files.readString(Path.of("../docs/gateway.md")))
			.results()
			.map((snippet) -> snippet.group(1))
			.toList();
	}

	private static String normalize(String text) {
		return text.lines().map(String::strip).collect(Collectors.joining("\n"));
	}

}
