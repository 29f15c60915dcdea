package io.github.etcdspring.config.document;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;

/**
 * Tests for {@link DocumentFormat}.
 */
class DocumentFormatTests {

	private static final KeyOrigin origin = new KeyOrigin("/config/orders/application.properties", 17);

	@Test
	void readsUtf8() throws RejectedConfigurationException {
		String text = "a.b=grüße \u4f60\u597d 😀\n# \u4f60\nescaped=\\u00e9\\\\\nбуква: x\\\n  y\nodd=\\\u4f60\neven=\\\\\u4f60\nempty=\n";
		assertThat(values(DocumentFormat.PROPERTIES.read(text, origin).get(0))).containsExactly(
				entry("a.b", "grüße \u4f60\u597d 😀"), entry("escaped", "é\\"), entry("буква", "xy"),
				entry("odd", "\u4f60"), entry("even", "\\\u4f60"), entry("empty", ""));
	}

	@Test
	void recordsTheLocationOfAValue() throws RejectedConfigurationException {
		NamedProperty property = DocumentFormat.PROPERTIES.read("# first\na = 1\n", origin).get(0).get(0);
		assertThat(property.property().origin())
			.hasToString("etcd key /config/orders/application.properties at revision 17 - 2:5");
	}

	@Test
	void separatesParts() throws RejectedConfigurationException {
		List<List<NamedProperty>> parts = DocumentFormat.PROPERTIES.read("a=1\n#---\na=2\n!---\na=3\n", origin);
		assertThat(parts).extracting((part) -> part.get(0).property().value()).containsExactly("1", "2", "3");
	}

	@Test
	void splitsCommaSeparatedLists() throws RejectedConfigurationException {
		assertThat(values(DocumentFormat.PROPERTIES.read("a[]=1,2\n", origin).get(0)))
			.containsExactly(entry("a[0]", "1"), entry("a[1]", "2"));
	}

	@Test
	void joinsContinuedLines() throws RejectedConfigurationException {
		assertThat(values(DocumentFormat.PROPERTIES.read("a=1\\\n  b=2\\\\\nb=3\n  #c=\\\nc=4", origin).get(0)))
			.containsExactly(entry("a", "1b=2\\"), entry("b", "3"), entry("c", "4"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\n\n", "# comment" })
	void hasNoPropertiesIfEmpty(String text) throws RejectedConfigurationException {
		assertThat(DocumentFormat.PROPERTIES.read(text, origin)).allMatch(List::isEmpty);
	}

	@Test
	void lastOfTwoValuesWins() throws RejectedConfigurationException {
		assertThat(values(DocumentFormat.PROPERTIES.read("a=1\na=2\n", origin).get(0)))
			.containsExactly(entry("a", "2"));
	}

	@Test
	void rejectsInvalidEscapes() {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> DocumentFormat.PROPERTIES.read("a=1\nb=\\us3cret", origin))
			.withMessageStartingWith("etcd key /config/orders/application.properties at revision 17: ")
			.withMessageContaining("hexadecimal")
			.withMessageNotContaining("s3cret")
			.withNoCause();
	}

	private static Map<String, Object> values(List<NamedProperty> properties) {
		Map<String, Object> values = new LinkedHashMap<>();
		properties.forEach((property) -> values.put(property.name(), property.property().value()));
		return values;
	}

}
