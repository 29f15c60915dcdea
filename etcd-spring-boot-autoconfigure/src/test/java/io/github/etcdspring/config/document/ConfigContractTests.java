package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.etcdspring.fixture.Contract;
import io.github.etcdspring.fixture.Contract.Vector;
import io.github.etcdspring.refresh.Configuration;
import io.github.etcdspring.refresh.Configuration.Values;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The keys of the configuration are those of the contract with clients in other
 * languages.
 */
class ConfigContractTests {

	static List<Vector> vectors() {
		return Contract.vectors("config");
	}

	@ParameterizedTest
	@MethodSource("vectors")
	void keysAreReadAsTheVectorSays(Vector vector) throws Exception {
		List<String> prefixes = new ArrayList<>();
		vector.content().get("prefixes").forEach((prefix) -> prefixes.add(prefix.asText()));
		Entries entries = new Entries();
		map(vector, "entries").forEach(entries::put);
		ConfigParser parser = new ConfigParser(prefixes, (profile) -> false, (encrypted) -> encrypted);
		if (vector.isRejected()) {
			assertThatExceptionOfType(RejectedConfigurationException.class)
				.isThrownBy(() -> parser.parse(entries.snapshot(), Configuration.NONE))
				.satisfies((ex) -> assertThat(ex.origin()).isNotNull()
					.extracting(KeyOrigin::key)
					.isEqualTo(vector.text("rejected")));
		}
		else {
			Configuration read = parser.parse(entries.snapshot(), Configuration.NONE);
			Map<String, String> properties = new LinkedHashMap<>();
			for (String prefix : prefixes) {
				Values values = read.of(ConfigParser.sourceName(prefix));
				for (String name : values.names()) {
					properties.put(name, String.valueOf(values.get(name).value()));
				}
			}
			assertThat(properties).isEqualTo(map(vector, "properties"));
		}
	}

	private static Map<String, String> map(Vector vector, String name) {
		return new ObjectMapper().convertValue(vector.content().get(name),
				new TypeReference<LinkedHashMap<String, String>>() {
				});
	}

}
