package io.github.etcdspring.fleet;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.refresh.ConfigurationStatus.Rejected;
import io.github.etcdspring.registry.InstanceKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link FleetFormat}.
 */
class FleetFormatTests {

	private static final InstanceKey NAME = new InstanceKey("orders", "one");

	@Test
	void readsWhatItWrites() {
		Rejected rejected = new Rejected(7, "/config/orders/size", "not \"a\" number",
				Instant.parse("2026-05-31T15:00:00.123Z"));
		FleetInstance instance = new FleetInstance("orders", "one", "1.4", "a", List.of("/config/application/", "/ö/"),
				5, 7, rejected, List.of(new ChangeAnswer("a1", null, null), new ChangeAnswer("b2", "/k", "why")));
		assertThat(read(FleetFormat.write(instance))).isEqualTo(instance);
	}

	@Test
	void readsInstanceWithoutVersionAndRejection() {
		FleetInstance instance = new FleetInstance("orders", "one", null, null, List.of(), 5, 5, null, List.of());
		assertThat(FleetFormat.write(instance)).isEqualTo("{\"applied\":5,\"seen\":5,\"imports\":[]}");
		assertThat(read(FleetFormat.write(instance))).isEqualTo(instance);
	}

	@Test
	void cutsOffALongReason() {
		Rejected rejected = new Rejected(7, null, "x".repeat(10_000), Instant.EPOCH);
		assertThat(
				FleetFormat.write(new FleetInstance("orders", "one", null, null, List.of(), 5, 7, rejected, List.of())))
			.hasSizeLessThan(1200);
	}

	@Test
	void ignoresUnknownFields() {
		assertThat(
				read("{\"new\":{\"a\":[1,{}]},\"applied\":5,\"rejected\":{\"new\":[1],\"revision\":6},\"imports\":[]}"))
			.isEqualTo(new FleetInstance("orders", "one", null, null, List.of(), 5, 0,
					new Rejected(6, null, "", Instant.EPOCH), List.of()));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "s3cret", "[]", "{", "{}{}", "{\"applied\":\"s3cret\"}", "{\"version\":{}}",
			"{\"imports\":[[]]}", "{\"rejected\":{\"since\":\"s3cret\"}}", "{\"answers\":[{\"reason\":[]}]}",
			"{\"answers\":[1,{}]}", "{\"answers\":[[{}]]}" })
	void rejectsOtherValuesWithoutQuotingThem(String value) {
		assertThatIllegalArgumentException().isThrownBy(() -> read(value))
			.withMessageNotContaining("s3cret")
			.withNoCause();
	}

	private static FleetInstance read(String value) {
		return FleetFormat.read(NAME, value.getBytes(StandardCharsets.UTF_8));
	}

}
