package io.github.etcdspring.fleet;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.fixture.Contract;
import io.github.etcdspring.fixture.Contract.Vector;
import io.github.etcdspring.refresh.ConfigurationStatus.Rejected;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The keys of the fleet are those of the contract with clients in other languages.
 */
class FleetContractTests {

	private static final String FLEET = "fleet";

	static List<Vector> vectors() {
		return Contract.vectors(FLEET);
	}

	@ParameterizedTest
	@MethodSource("vectors")
	void keyIsReadAsTheVectorSays(Vector vector) {
		KeyValue entry = new KeyValue(io.etcd.jetcd.api.KeyValue.newBuilder()
			.setKey(ByteString.copyFromUtf8(vector.text("key")))
			.setValue(ByteString.copyFromUtf8(vector.text("value")))
			.build(), ByteSequence.EMPTY);
		FleetInstance read = new FleetKeys("/fleet").read(entry);
		if (vector.isRejected()) {
			assertThat(read).isNull();
		}
		else {
			assertThat(read).isEqualTo(instance(vector));
		}
	}

	@ParameterizedTest
	@MethodSource("vectors")
	void canonicalValueIsTheOneThatTheStarterWrites(Vector vector) {
		if (vector.isCanonical()) {
			assertThat(FleetFormat.write(instance(vector))).isEqualTo(vector.text("value"));
			assertThat(Contract.violations(FLEET, vector.text("value"))).isEmpty();
		}
		else if (vector.text("rejected").equals("value")) {
			assertThat(Contract.violations(FLEET, vector.text("value"))).isNotEmpty();
		}
	}

	private static FleetInstance instance(Vector vector) {
		JsonNode expected = vector.content().get("instance");
		JsonNode rejected = expected.get("rejected");
		return new FleetInstance(expected.get("service").asText(), expected.get("instance").asText(),
				expected.get("version").textValue(), expected.get("zone").textValue(),
				children(expected.get("imports")).map(JsonNode::asText).toList(),
				expected.get("appliedRevision").asLong(), expected.get("seenRevision").asLong(),
				(rejected.isNull()) ? null
						: new Rejected(rejected.get("revision").asLong(), rejected.get("key").textValue(),
								rejected.get("reason").asText(), Instant.parse(rejected.get("since").asText())),
				children(expected.get("answers"))
					.map((answer) -> new ChangeAnswer(answer.get("id").asText(), answer.get("key").textValue(),
							answer.get("reason").textValue()))
					.toList());
	}

	private static Stream<JsonNode> children(JsonNode array) {
		return StreamSupport.stream(array.spliterator(), false);
	}

}
