package io.github.etcdspring.fleet;

import java.util.List;
import java.util.Map;

import io.github.etcdspring.fleet.FleetProperty.Constraint;
import io.github.etcdspring.fleet.FleetVersion.Finding;
import io.github.etcdspring.fleet.FleetVersion.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FleetVersion}.
 */
class FleetVersionTests {

	private final FleetVersion version = new FleetVersion("orders", "1.4", List.of("orders", "orders.cache"),
			List.of(property("orders.cache.max-size", "java.lang.Integer", new Constraint("Min", Map.of("value", "1")),
					new Constraint("Max", Map.of("value", "100"))),
					property("orders.ratio", "java.lang.Double",
							new Constraint("DecimalMax", Map.of("value", "1.0", "inclusive", "false"))),
					property("orders.name", "java.lang.String", new Constraint("NotBlank", Map.of()),
							new Constraint("Size", Map.of("min", "0", "max", "5")),
							new Constraint("Pattern", Map.of("regexp", "[a-z]+", "flags", ""))),
					property("orders.mail", "java.lang.String", new Constraint("Email", Map.of())),
					property("orders.timeout", "java.time.Duration"),
					property("orders.limit", "org.springframework.util.unit.DataSize"),
					property("orders.on", "java.lang.Boolean", new Constraint("NotNull", Map.of())),
					new FleetProperty("orders.unit", "com.example.Unit", null, null, null, List.of("half-day", "day"),
							List.of()),
					property("orders.tags", "java.util.List<java.lang.String>"),
					property("orders.labels", "java.util.Map<java.lang.String,java.lang.String>")));

	@Test
	void findsNothingInValidProperties() {
		assertThat(this.version.check(Map.of("orders.cache.maxSize", "100", "orders.ratio", "0.5", "orders.name", "abc",
				"orders.timeout", "5s", "orders.limit", "1MB", "orders.on", "off", "orders.unit", "HALF_DAY")))
			.isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "orders.cache.max-size, s3cret, cannot be converted to java.lang.Integer",
			"orders.cache.max-size, 0, violates the constraint Min{value=1}",
			"orders.cache.max-size, 101, violates the constraint Max{value=100}",
			"orders.ratio, 1.0, 'violates the constraint DecimalMax{inclusive=false, value=1.0}'",
			"orders.name, ABC, 'violates the constraint Pattern{flags=, regexp=[a-z]+}'",
			"orders.name, abcdef, 'violates the constraint Size{max=5, min=0}'",
			"orders.timeout, s3cret, cannot be converted to java.time.Duration",
			"orders.limit, s3cret, cannot be converted to org.springframework.util.unit.DataSize",
			"orders.on, s3cret, cannot be converted to java.lang.Boolean",
			"orders.unit, s3cret, 'must be one of [half-day, day]'" })
	void findsInvalidValuesWithoutQuotingThem(String name, String value, String reason) {
		assertThat(this.version.check(Map.of(name, value))).containsExactly(new Finding(name, Kind.INVALID, reason));
	}

	@ParameterizedTest
	@CsvSource({ "orders.typo", "orders.cache.typo", "orders.cahce.max-size", "orders.name.typo" })
	void findsUnknownNamesBelowKnownPrefixes(String name) {
		assertThat(this.version.check(Map.of(name, "1")))
			.containsExactly(new Finding(name, Kind.UNKNOWN, "no such property"));
	}

	@ParameterizedTest
	@CsvSource({ "server.port, 1", "orders, 1", "'orders.tags[0]', a", "orders.tags, a", "orders.labels.a.b, c",
			"orders.mail, a", "orders.cache.max-size, ${size}", "orders.name, {cipher}0123",
			"'orders.cache.max-size', ''" })
	void saysWhatIsNotChecked(String name, String value) {
		assertThat(this.version.check(Map.of(name, value))).isNotEmpty()
			.allSatisfy((finding) -> assertThat(finding.kind()).isEqualTo(Kind.NOT_CHECKED));
	}

	@Test
	void constraintWithUnexpectedAttributesIsNotChecked() {
		FleetVersion odd = new FleetVersion("orders", "1", List.of("a"),
				List.of(property("a.b", "java.lang.Integer", new Constraint("Min", Map.of())),
						property("a.c", "java.lang.String", new Constraint("Pattern", Map.of("regexp", "(")))));
		assertThat(odd.check(Map.of("a.b", "1", "a.c", "1"))).extracting(Finding::kind)
			.containsExactly(Kind.NOT_CHECKED, Kind.NOT_CHECKED);
	}

	private static FleetProperty property(String name, String type, Constraint... constraints) {
		return new FleetProperty(name, type, null, null, null, List.of(), List.of(constraints));
	}

}
