package io.github.etcdspring.config.document;

import java.math.BigInteger;
import java.util.LinkedHashMap;
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
 * Tests for {@link JsonDocument}.
 */
class JsonDocumentTests {

	private static final KeyOrigin origin = new KeyOrigin("/config/orders/application.json", 17);

	@Test
	void namesPropertiesLikeYaml() throws RejectedConfigurationException {
		String text = """
				{"a": {"text": "grüße \\u4f60 😀", "number": 5, "long": 99999999999, "big": 99999999999999999999999,
				"decimal": 1.5, "truth": true, "nothing": null, "none": [], "empty": {}},
				"list": [1, [2], {"x": "y"}, null, {}], "map": {"[a.b]": "c"}, "d.e": "f"}
				""";
		assertThat(values(text)).containsExactly(entry("a.text", "grüße \u4f60 😀"), entry("a.number", 5),
				entry("a.long", 99999999999L), entry("a.big", new BigInteger("99999999999999999999999")),
				entry("a.decimal", 1.5), entry("a.truth", true), entry("a.nothing", ""), entry("a.none", ""),
				entry("list[0]", 1), entry("list[1][0]", 2), entry("list[2].x", "y"), entry("list[3]", ""),
				entry("map[a.b]", "c"), entry("d.e", "f"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "12345678901234567890.123456789", "1.10", "0.1234567890123456789" })
	void keepsAllDigitsOfANumber(String number) throws RejectedConfigurationException {
		assertThat(values("{\"a\": " + number + "}").get("a")).hasToString(number);
	}

	@ParameterizedTest
	@ValueSource(strings = { "1e400", "1e-99999999", "-1e999999999" })
	void rejectsNumbersThatWouldFillTheHeap(String number) {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> values("{\"a\": " + number + "}"))
			.withMessageContaining("has a number");
	}

	@Test
	void recordsTheLocationOfAValue() throws RejectedConfigurationException {
		NamedProperty property = JsonDocument.read("{\n  \"a\": 1\n}", origin).get(0);
		assertThat(property.property().origin())
			.hasToString("etcd key /config/orders/application.json at revision 17 - 2:8");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " \n", "{}", "{\"a\": {}}" })
	void hasNoPropertiesIfEmpty(String text) throws RejectedConfigurationException {
		assertThat(values(text)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "[\"s3cret\"]|1:1|not a JSON object", "\"s3cret\"|1:1|not a JSON object",
					"null|1:1|not a JSON object", "{\"a\": \"s3cret\"|1:15|unexpected end",
					"{\"s3cret\": 1, \"s3cret\": 2}|1:15|duplicate name",
					"{\"a.s3cret\": 1, \"a\": {\"s3cret\": 2}}|1:33|two values", "{\"a\": s3cret}|1:7|not valid JSON",
					"{\"a\": 1} {\"s3cret\": 2}|1:10|after its end", "{\"a\": 1} s3cret|1:10|not valid JSON",
					"{\"a\": NaN}|1:10|not valid JSON", "{'s3cret': 1}|1:2|not valid JSON" })
	void rejectsWithTheLocationAndWithoutTheText(String text, String place, String reason) {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> JsonDocument.read(text, origin))
			.withMessageStartingWith("etcd key /config/orders/application.json at revision 17 - " + place)
			.withMessageContaining(reason)
			.withMessageNotContaining("s3cret")
			.withNoCause();
	}

	@Test
	void rejectsExcessiveNesting() {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> JsonDocument.read("{\"a\": " + "[".repeat(100_000), origin))
			.withMessageContaining("nested");
	}

	private static Map<String, Object> values(String text) throws RejectedConfigurationException {
		Map<String, Object> values = new LinkedHashMap<>();
		JsonDocument.read(text, origin).forEach((property) -> values.put(property.name(), property.property().value()));
		return values;
	}

}
