package io.github.etcdspring.registry;

import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class EtcdServiceInstanceTests {

	@ParameterizedTest
	@CsvSource({ "orders.example, false, http://orders.example:80", "10.0.0.7, true, https://10.0.0.7:80",
			"fe80::1, false, http://[fe80::1]:80", "[fe80::1], false, http://[fe80::1]:80",
			"my_host, false, http://my_host:80", "xn--bcher-kva, false, http://xn--bcher-kva:80" })
	void uriHasSchemeHostAndPort(String host, boolean secure, String uri) {
		EtcdServiceInstance instance = instance(host, 80, secure);
		assertThat(instance.getUri()).hasToString(uri);
		assertThat(instance.getScheme()).isEqualTo((secure) ? "https" : "http");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "with space", "a/b", "user@host", "host?", "host#", "a,b", "a\\b", "a:b", "[::1",
			"::1]", "%zz", "tab\t", "line\n", "\0", "<host>", "{host}" })
	void rejectsInvalidHosts(String host) {
		assertThatIllegalArgumentException().isThrownBy(() -> instance(host, 80, false))
			.withMessage("host must be a host name or an IP address");
	}

	@ParameterizedTest
	@ValueSource(ints = { -1, 65536 })
	void rejectsInvalidPorts(int port) {
		assertThatIllegalArgumentException().isThrownBy(() -> instance("h", port, false))
			.withMessage("port must be between 1 and 65535");
	}

	@Test
	void instancesOfDifferentRevisionsAreEqual() {
		EtcdServiceInstance instance = instance("h", 80, false).withRevision(7);
		EtcdServiceInstance again = instance.withRevision(9);
		assertThat(again).isEqualTo(instance).hasSameHashCodeAs(instance).isNotEqualTo(instance.withStatus("DOWN"));
		assertThat(again.revision()).isEqualTo(9);
		assertThat(again.withStatus("DOWN").revision()).isZero();
	}

	@Test
	void metadataIsAnUnmodifiableCopy() {
		Map<String, String> metadata = new HashMap<>(Map.of("zone", "a"));
		EtcdServiceInstance instance = instance("h", 80, false).withMetadata(metadata);
		metadata.put("zone", "b");
		assertThat(instance.getMetadata()).isEqualTo(Map.of("zone", "a"));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> instance.getMetadata().put("zone", "b"));
	}

	@Test
	void onlyStatusUpIsUp() {
		EtcdServiceInstance instance = instance("h", 80, false);
		assertThat(instance.isUp()).isTrue();
		assertThat(instance.withStatus("DOWN").isUp()).isFalse();
		assertThat(instance.withStatus("OUT_OF_SERVICE").withStatus("UP")).isEqualTo(instance);
	}

	private static EtcdServiceInstance instance(String host, int port, boolean secure) {
		return new EtcdServiceInstance("orders", "1", host, port, secure, "UP", Map.of());
	}

}
