package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;

/**
 * Tests for {@link YamlDocument}.
 */
class YamlDocumentTests {

	private static final KeyOrigin origin = new KeyOrigin("/config/orders/application.yaml", 17);

	@Test
	void readsLikeSpringBoot() throws RejectedConfigurationException {
		String text = """
				a:
				  text: grüße 😀
				  number: 5
				  decimal: 1.5
				  truth: true
				  day: 2020-01-01
				  nothing: ~
				  none: []
				list: [1, [2], {x: y}]
				map:
				  "[a.b]": c
				""";
		assertThat(values(text)).containsExactly(entry("a.text", "grüße 😀"), entry("a.number", 5),
				entry("a.decimal", 1.5), entry("a.truth", true), entry("a.day", "2020-01-01"), entry("a.nothing", ""),
				entry("a.none", ""), entry("list[0]", 1), entry("list[1][0]", 2), entry("list[2].x", "y"),
				entry("map[a.b]", "c"));
	}

	/** Spring Boot 4.0 ignores an empty mapping, 4.1 converts it to an empty text. */
	@Test
	void leavesEmptyMappingsToSpringBoot() throws RejectedConfigurationException {
		Map<String, Object> values = values("a: {}\nb: 1");
		assertThat(values).containsEntry("b", 1);
		assertThat(values.getOrDefault("a", "")).isEqualTo("");
	}

	@Test
	void recordsTheLocationOfAValue() throws RejectedConfigurationException {
		NamedProperty property = YamlDocument.parse("a:\n  b: 1\n", origin).parts().get(0).get(0);
		assertThat(property.property().origin())
			.hasToString("etcd key /config/orders/application.yaml at revision 17 - 2:6");
	}

	@Test
	void separatesParts() throws RejectedConfigurationException {
		List<List<NamedProperty>> parts = YamlDocument.parse("a: 1\n---\n---\na: 2\n", origin).parts();
		assertThat(parts).extracting((part) -> part.get(0).property().value()).containsExactly(1, 2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\n", "# comment\n", "---\n", "~", "{}", "---\n...\n---\n" })
	void hasNoPropertiesIfEmpty(String text) throws RejectedConfigurationException {
		assertThat(values(text)).isEmpty();
	}

	@Test
	void resolvesAliasesAndMerges() throws RejectedConfigurationException {
		assertThat(values("base: &b {x: 1, y: 2}\nd: {<<: *b, x: 3}\ne: *b\n")).containsOnly(entry("base.x", 1),
				entry("base.y", 2), entry("d.x", 3), entry("d.y", 2), entry("e.x", 1), entry("e.y", 2));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "- s3cret|1:1|mapping", "s3cret|1:1|mapping", "a: 1\\n---\\n- s3cret|3:1|mapping",
					"a: s3cret\\na: s3cret|2:1|duplicate key", "a: {b: {s3cret: 1, s3cret: 2}}|1:20|duplicate key",
					"a: s3cret: b|1:10|not allowed here", "a: [s3cret|1:11|expected ',' or ']'",
					"a: \"s3cret|1:11|unexpected end", "a:\\n\\ts3cret: b|2:1|tab", "a: *s3cret|1:4|alias",
					"a: !s3cret b|1:4|tag", "a: \"\\\\s3cret\"|1:6|escape", "? [s3cret]\\n: b|1:3|as a name",
					"a: &a {s3cret: *a}|1:4|recursive alias", "a: b\\ns3cret\\nc: d|3:1|':'" })
	void rejectsWithTheLocationAndWithoutTheText(String text, String place, String reason) {
		String document = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\");
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> YamlDocument.parse(document, origin))
			.withMessageStartingWith("etcd key /config/orders/application.yaml at revision 17 - " + place + ": ")
			.withMessageContaining(reason)
			.withMessageNotContaining("s3cret")
			.withNoCause();
	}

	@ParameterizedTest
	@ValueSource(strings = { "a: !!int s3cret", "a: !!float s3cret", "a: !!timestamp s3cret", "a: s3cret\u0007",
			"%YAML s3cret", "a: !!java.net.URL [s3cret]", "a: {<<: s3cret}" })
	void rejectsProblemsWithoutALocation(String text) {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> YamlDocument.parse(text, origin))
			.withMessageContaining("is not valid YAML")
			.withMessageNotContaining("s3cret")
			.withNoCause();
	}

	@ParameterizedTest
	@ValueSource(strings = { "x", "[]", "{}" })
	void rejectsAliasesThatWouldFillTheHeap(String leaf) {
		StringBuilder bomb = new StringBuilder("a0: &a0 [%s, %s]\n".formatted(leaf, leaf));
		for (int i = 1; i < 25; i++) {
			bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
		}
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> YamlDocument.parse(bomb.toString(), origin))
			.withMessageContaining("aliases");
	}

	@Test
	void rejectsNamesThatWouldFillTheHeap() {
		String text = "x".repeat(500) + ":\n" + numbered(100_000);
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> YamlDocument.parse(text, origin))
			.withMessageContaining("property names");
	}

	@Test
	void rejectsExcessiveNesting() {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> YamlDocument.parse("a: " + "[".repeat(100_000), origin))
			.withMessageContaining("is not valid YAML");
	}

	@Test
	void rejectsOversizedDocuments() {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> YamlDocument.parse("a: " + "x".repeat(3 * 1024 * 1024), origin))
			.withMessageContaining("3145728 characters");
	}

	private static String numbered(int count) {
		StringBuilder lines = new StringBuilder();
		for (int i = 0; i < count; i++) {
			lines.append("  n").append(i).append(": 1\n");
		}
		return lines.toString();
	}

	private static Map<String, Object> values(String text) throws RejectedConfigurationException {
		Map<String, Object> values = new LinkedHashMap<>();
		List<NamedProperty> all = new ArrayList<>();
		YamlDocument.parse(text, origin).parts().forEach(all::addAll);
		all.forEach((property) -> values.put(property.name(), property.property().value()));
		return values;
	}

}
