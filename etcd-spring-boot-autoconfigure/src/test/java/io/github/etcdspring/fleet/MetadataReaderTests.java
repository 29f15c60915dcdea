package io.github.etcdspring.fleet;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.fleet.FleetProperty.Constraint;
import io.github.etcdspring.fleet.FleetProperty.Deprecation;
import io.github.etcdspring.fleet.MetadataReader.Metadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link MetadataReader} and {@link MetadataWriter}.
 */
class MetadataReaderTests {

	@Test
	void readsWhatItWrites() {
		DescribedProperties described = new DescribedProperties(List.of("orders", "orders.cache"), List.of(
				new FleetProperty("orders.cache.size", "java.lang.Integer", "Größe \"of\" the cache.", "10",
						new Deprecation("error", "Old.", "orders.size"), List.of(),
						List.of(new Constraint("Max", Map.of("value", "9")), new Constraint("a.B", Map.of()))),
				new FleetProperty("orders.unit", "com.example.Unit", null, null, null, List.of("a", "b"), List.of())));
		Metadata read = MetadataReader.read(new ByteArrayInputStream(MetadataWriter.write(described)));
		assertThat(read.prefixes()).isEqualTo(described.prefixes());
		assertThat(read.properties()).isEqualTo(described.properties());
	}

	@Test
	void writesTheFormatOfSpringBootWithConstraints() {
		DescribedProperties described = new DescribedProperties(List.of("orders"),
				List.of(new FleetProperty("orders.unit", "com.example.Unit", "Unit.", "a", null, List.of("a"),
						List.of(new Constraint("Size", Map.of("min", "1", "max", "5"))))));
		assertThat(new String(MetadataWriter.write(described), StandardCharsets.UTF_8))
			.isEqualTo("{\"groups\":[{\"name\":\"orders\"}],\"properties\":[{\"name\":\"orders.unit\","
					+ "\"type\":\"com.example.Unit\",\"description\":\"Unit.\",\"defaultValue\":\"a\","
					+ "\"constraints\":[{\"name\":\"Size\",\"attributes\":{\"max\":\"5\",\"min\":\"1\"}}]}],"
					+ "\"hints\":[{\"name\":\"orders.unit\",\"values\":[{\"value\":\"a\"}]}]}");
	}

	@Test
	void ignoresUnknownFields() {
		Metadata read = read("{\"ignored\":{\"properties\":[{}]},\"properties\":[{\"name\":\"a\",\"new\":[{}],"
				+ "\"deprecated\":true,\"constraints\":[{\"name\":\"Min\",\"new\":{},\"attributes\":{\"value\":1,"
				+ "\"list\":[1,2]}}]}],\"hints\":[{\"name\":\"a\",\"providers\":[{\"name\":\"any\"}]}]}");
		assertThat(read.properties()).containsExactly(
				new FleetProperty("a", "java.lang.String", null, null, new Deprecation("warning", null, null),
						List.of(), List.of(new Constraint("Min", Map.of("value", "1", "list", "1,2")))));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "s3cret", "[]", "{", "{}{}", "{\"properties\":[{}]}", "{\"properties\":[\"s3cret\"]}",
			"{\"properties\":[{\"name\":\"a\",\"constraints\":\"s3cret\"}]}",
			"{\"properties\":[{\"name\":\"a\",\"constraints\":[{}]}]}", "{\"groups\":[1]}", "{\"hints\":[[]]}",
			"{\"hints\":[{\"values\":[1]}]}", "{\"properties\":[{\"name\":\"a\",\"deprecation\":[]}]}" })
	void rejectsOtherValuesWithoutQuotingThem(String value) {
		assertThatIllegalArgumentException().isThrownBy(() -> read(value))
			.withNoCause()
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("s3cret"));
	}

	private static Metadata read(String value) {
		return MetadataReader.read(new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8)));
	}

}
