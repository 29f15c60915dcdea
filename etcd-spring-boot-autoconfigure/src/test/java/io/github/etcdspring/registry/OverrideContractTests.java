package io.github.etcdspring.registry;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.fixture.Contract;
import io.github.etcdspring.fixture.Contract.Vector;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The keys of overrides are those of the contract with clients in other languages.
 */
class OverrideContractTests {

	private static final String OVERRIDES = "overrides";

	private static final InstanceKeys KEYS = new InstanceKeys("/overrides");

	static List<Vector> vectors() {
		return Contract.vectors(OVERRIDES);
	}

	@ParameterizedTest
	@MethodSource("vectors")
	void keyIsReadAsTheVectorSays(Vector vector) {
		InstanceKey name = KEYS.parse(ByteSequence.from(vector.text("key"), StandardCharsets.UTF_8));
		if (vector.text("rejected").equals("key")) {
			assertThat(name).isNull();
			return;
		}
		assertThat(name).isNotNull();
		byte[] value = vector.text("value").getBytes(StandardCharsets.UTF_8);
		if (vector.isRejected()) {
			assertThatIllegalArgumentException().isThrownBy(() -> OverrideFormat.read(name, value));
			assertThat(Contract.violations(OVERRIDES, vector.text("value"))).isNotEmpty();
		}
		else {
			assertThat(OverrideFormat.read(name, value)).isEqualTo(override(vector));
		}
	}

	@ParameterizedTest
	@MethodSource("vectors")
	void canonicalValueIsTheOneThatTheStarterWrites(Vector vector) {
		if (vector.isCanonical()) {
			assertThat(OverrideFormat.write(override(vector))).isEqualTo(vector.text("value"));
			assertThat(Contract.violations(OVERRIDES, vector.text("value"))).isEmpty();
		}
	}

	private static InstanceOverride override(Vector vector) {
		JsonNode expected = vector.content().get("override");
		return new InstanceOverride(expected.get("service").asText(), expected.get("instance").asText(),
				expected.get("owner").asText(), expected.get("reason").asText(),
				Instant.parse(expected.get("until").asText()), expected.get("outOfService").asBoolean(),
				(expected.has("weight")) ? expected.get("weight").asInt() : null);
	}

}
