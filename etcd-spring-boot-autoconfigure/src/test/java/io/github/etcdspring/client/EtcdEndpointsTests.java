package io.github.etcdspring.client;

import java.net.URI;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link EtcdEndpoints}.
 */
class EtcdEndpointsTests {

	@ParameterizedTest
	@CsvSource({ "http://etcd-1:2379,http://etcd-1:2379", "https://etcd-1:1,https://etcd-1:1",
			"' http://etcd-1:65535/ ',http://etcd-1:65535", "http://etcd-1,http://etcd-1:2379",
			"etcd-1,http://etcd-1:2379", "etcd-1:4001,http://etcd-1:4001", "10.0.0.7:2379,http://10.0.0.7:2379",
			"http://[::1]:2380,http://[::1]:2380", "[fd00::7],http://[fd00::7]:2379" })
	void readsUrlsOfMembers(String value, String expected) {
		assertThat(EtcdEndpoints.parse(List.of(value)).uris()).containsExactly(URI.create(expected));
	}

	@Test
	void readsSeveralAndSkipsBlankOnes() {
		assertThat(EtcdEndpoints.parse(List.of("http://a:1", " ", "http://b:2")).uris())
			.containsExactly(URI.create("http://a:1"), URI.create("http://b:2"));
	}

	@Test
	void derivesTlsFromTheScheme() {
		assertThat(EtcdEndpoints.parse(List.of("https://a", "https://b")).encrypted()).isTrue();
		assertThat(EtcdEndpoints.parse(List.of("http://a", "b")).encrypted()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "ftp://etcd:2379", "unix:///run/etcd", "http://", "http://:2379", "http://etcd:0",
			"http://etcd:65536", "http://etcd:port", "http://et cd:2379", "http://etcd_1:2379", "http://etcd:2379/v3",
			"http://etcd:2379?timeout=5s", "http://etcd:2379#1", "::1:2379" })
	void rejectsInvalidUrls(String value) {
		assertThatExceptionOfType(InvalidEtcdPropertyException.class)
			.isThrownBy(() -> EtcdEndpoints.parse(List.of("http://etcd-1:2379", value)))
			.withMessageContaining("spring.cloud.etcd.endpoints")
			.withMessageContaining(value);
	}

	@ParameterizedTest
	@ValueSource(strings = { "dns:///etcd:2379", "dns+srv:///example.com", "ip:///10.0.0.7:2379" })
	void suggestsTheTargetPropertyForTargets(String target) {
		assertThatExceptionOfType(InvalidEtcdPropertyException.class)
			.isThrownBy(() -> EtcdEndpoints.parse(List.of(target)))
			.satisfies((ex) -> assertThat(ex.getAction()).contains("spring.cloud.etcd.target=" + target));
	}

	@Test
	void rejectsAnEmptyList() {
		assertThatExceptionOfType(InvalidEtcdPropertyException.class)
			.isThrownBy(() -> EtcdEndpoints.parse(List.of(" ")))
			.withMessageContaining("At least one");
	}

	@Test
	void rejectsMixedSchemes() {
		assertThatExceptionOfType(InvalidEtcdPropertyException.class)
			.isThrownBy(() -> EtcdEndpoints.parse(List.of("http://a:1", "https://b:1")))
			.withMessageContaining("http://a:1,https://b:1")
			.withMessageContaining("the same scheme");
	}

	/** A comma always splits the list, even within a password. */
	@ParameterizedTest
	@ValueSource(strings = { "http://root:s3cret@etcd:2379", "root:s3cret@etcd", "http://root:s3cret/x@etcd:2379",
			"http://root:%s3cret@etcd:2379", "http://root:s3cret@x@etcd:2379", "http://root:s3,cret@etcd:2379",
			"http://root:s3cret@etcd:2379,http://root:s3cret@etcd-2:2379" })
	void rejectsCredentialsWithoutPrintingThem(String value) {
		List<String> values = List.of(value.split(","));
		assertThatExceptionOfType(InvalidEtcdPropertyException.class).isThrownBy(() -> EtcdEndpoints.parse(values))
			.withMessageContaining("spring.cloud.etcd.username")
			.withMessageNotContainingAny("root", "s3", "cret");
		assertThat(EtcdEndpoints.withoutCredentials(values)).startsWith("***@etcd")
			.doesNotContain("root", "s3", "cret");
	}

}
