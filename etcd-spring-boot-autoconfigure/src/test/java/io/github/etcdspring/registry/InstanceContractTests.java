package io.github.etcdspring.registry;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.fixture.Contract;
import io.github.etcdspring.fixture.Contract.Vector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The keys of instances are those of the contract with clients in other languages.
 */
class InstanceContractTests {

	private static final String SERVICES = "services";

	private static final InstanceKeys KEYS = new InstanceKeys("/services");

	static List<Vector> vectors() {
		return Contract.vectors(SERVICES);
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
			assertThatIllegalArgumentException().isThrownBy(() -> InstanceFormat.read(name, value));
		}
		else {
			assertThat(InstanceFormat.read(name, value)).isEqualTo(instance(vector.content().get("instance")));
		}
	}

	@ParameterizedTest
	@MethodSource("vectors")
	void canonicalValueIsTheOneThatTheStarterWrites(Vector vector) {
		if (vector.isCanonical()) {
			EtcdServiceInstance instance = instance(vector.content().get("instance"));
			assertThat(KEYS.key(instance.serviceId(), instance.instanceId())).isEqualTo(vector.text("key"));
			assertThat(InstanceFormat.write(instance)).isEqualTo(vector.text("value"));
			assertThat(Contract.violations(SERVICES, vector.text("value"))).isEmpty();
		}
	}

	@Test
	void schemaRefusesValuesThatReadersSkip() {
		assertThat(Contract.violations(SERVICES, "{\"host\":\"h\",\"port\":80}")).isEmpty();
		for (String invalid : List.of("{\"host\":\"h\"}", "{\"host\":\"h/admin\",\"port\":80}",
				"{\"host\":\"h\",\"port\":70000}", "{\"host\":\"h\",\"port\":80,\"metadata\":{\"a\":1}}")) {
			assertThat(Contract.violations(SERVICES, invalid)).as(invalid).isNotEmpty();
		}
	}

	private static EtcdServiceInstance instance(JsonNode expected) {
		Map<String, String> metadata = new ObjectMapper().convertValue(expected.get("metadata"), new TypeReference<>() {
		});
		return new EtcdServiceInstance(expected.get("service").asText(), expected.get("id").asText(),
				expected.get("host").asText(), expected.get("port").asInt(), expected.get("secure").asBoolean(),
				expected.get("status").asText(), metadata);
	}

}
