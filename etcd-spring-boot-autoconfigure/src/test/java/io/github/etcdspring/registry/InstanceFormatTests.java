package io.github.etcdspring.registry;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.etcd.jetcd.ByteSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class InstanceFormatTests {

	private static final InstanceKey NAME = new InstanceKey("orders", "1");

	@Test
	void writesTheFieldsOfAllSupportedClients() throws Exception {
		EtcdServiceInstance instance = new EtcdServiceInstance("orders", "1", "10.0.0.7", 8080, true, "UP",
				Map.of("zone", "a"));
		JsonNode json = new ObjectMapper().readTree(InstanceFormat.write(instance));
		assertThat(json).isEqualTo(new ObjectMapper().readTree("""
				{"id":"1","name":"orders","addr":"10.0.0.7:8080","host":"10.0.0.7","port":8080,
				"secure":true,"status":"UP","metadata":{"zone":"a"}}"""));
	}

	@Test
	void readsItsOwnFormat() {
		EtcdServiceInstance instance = new EtcdServiceInstance("orders", "1", "fe80::1", 8443, true, "OUT_OF_SERVICE",
				Map.of("quote", "\"\\\n\u0000", "emoji", "\ud83d\ude00", "", "empty key"));
		assertThat(read(InstanceFormat.write(instance))).isEqualTo(instance);
	}

	@Test
	void addressHasBracketsAroundIpv6() {
		EtcdServiceInstance instance = new EtcdServiceInstance("orders", "1", "fe80::1", 80, false, "UP", Map.of());
		assertThat(InstanceFormat.write(instance)).contains("\"addr\":\"[fe80::1]:80\"");
	}

	@Test
	void readsHostAndPort() {
		assertThat(read(" 10.0.0.7:8080\n")).isEqualTo(instance("10.0.0.7", 8080));
	}

	@Test
	void readsObjectWithHostAndPort() {
		assertThat(read("{\"host\":\"10.0.0.7\",\"port\":8080}")).isEqualTo(instance("10.0.0.7", 8080));
		assertThat(read("{\"host\":\" 10.0.0.7 \",\"port\":\"8080\",\"more\":[1,2]}"))
			.isEqualTo(instance("10.0.0.7", 8080));
	}

	@Test
	void readsTheFormatOfTheGoResolver() {
		assertThat(read("{\"Op\":0,\"Addr\":\"10.0.0.7:8080\",\"Metadata\":{\"zone\":\"a\"}}"))
			.isEqualTo(instance("10.0.0.7", 8080).withMetadata(Map.of("zone", "a")));
		assertThat(read("{\"Op\":0,\"Addr\":\"10.0.0.7:8080\",\"Metadata\":null}"))
			.isEqualTo(instance("10.0.0.7", 8080));
		assertThat(read("{\"Op\":0,\"Addr\":\"10.0.0.7:8080\",\"Metadata\":\"text\"}"))
			.isEqualTo(instance("10.0.0.7", 8080));
	}

	@Test
	void readsTheFormatOfKratos() {
		assertThat(read("""
				{"id":"host-1","name":"orders","version":"1.4.0","metadata":{"zone":"a"},
				"endpoints":["grpc://10.0.0.7:9000","http://10.0.0.7:8000"]}""")).isEqualTo(
				instance("10.0.0.7", 8000).withMetadata(Map.of("zone", "a", "version", "1.4.0", "gRPC_port", "9000")));
		assertThat(read("""
				{"id":"host-1","name":"orders","version":"","metadata":null,
				"endpoints":["http://my_host:8000?isSecure=false"]}""")).isEqualTo(instance("my_host", 8000));
	}

	@Test
	void readsTheGrpcEndpointOfKratosIfItIsTheOnlyOne() {
		EtcdServiceInstance read = read("{\"endpoints\":[\"unix:///tmp/sock\",\"grpcs://[::1]:9000\",7,{},[\"x\"]]}");
		assertThat(read.getUri()).hasToString("https://[::1]:9000");
		assertThat(read.metadata()).isEqualTo(Map.of("gRPC_port", "9000"));
	}

	@Test
	void endpointOfKratosIsSecureByItsSchemeOrItsParameter() {
		for (String endpoint : List.of("https://h:8000", "http://h:8000?isSecure=true")) {
			assertThat(read("{\"endpoints\":[\"" + endpoint + "\"]}").secure()).as(endpoint).isTrue();
		}
		assertThat(read("{\"endpoints\":[\"http://h:8000?isSecure=false\"]}").secure()).isFalse();
	}

	@Test
	void hostAndPortTakePrecedenceOverEndpoints() {
		assertThat(read("{\"endpoints\":[\"http://h:1\"],\"host\":\"10.0.0.7\",\"port\":8080}"))
			.isEqualTo(instance("10.0.0.7", 8080));
	}

	@Test
	void readsTheValueOfGoZero() {
		InstanceKey name = new InstanceKeys("/services")
			.parse(ByteSequence.from("/services/orders/7587848943542013448", StandardCharsets.UTF_8));
		assertThat(name).isEqualTo(new InstanceKey("orders", "7587848943542013448"));
		assertThat(read("10.0.0.7:8080")).isEqualTo(instance("10.0.0.7", 8080));
	}

	@Test
	void metadataOfOtherTypesIsReadAsText() {
		assertThat(
				read("""
						{"host":"h","port":1,"metadata":{"number":3,"flag":true,"list":[1,"a"],"object":{"a":{}},"none":null}}""")
					.metadata())
			.isEqualTo(Map.of("number", "3", "flag", "true", "list", "[1,\"a\"]", "object", "{\"a\":{}}"));
	}

	@Test
	void unknownFieldsAreIgnored() {
		assertThat(
				read("""
						{"id":{"host":"no","port":[7]},"tags":["a",{"addr":"no:7"}],"host":"10.0.0.7","more":{},"port":8080}"""))
			.isEqualTo(instance("10.0.0.7", 8080));
	}

	@Test
	void lastDuplicateFieldTakesPrecedence() {
		assertThat(read("{\"Addr\":\"10.0.0.6:80\",\"addr\":\"10.0.0.7:8080\"}")).isEqualTo(instance("10.0.0.7", 8080));
	}

	@Test
	void secureIsReadFromTextAndNumbersToo() {
		assertThat(read("{\"host\":\"h\",\"port\":1,\"secure\":\"true\"}").secure()).isTrue();
		assertThat(read("{\"host\":\"h\",\"port\":1,\"secure\":1}").secure()).isTrue();
		assertThat(read("{\"host\":\"h\",\"port\":1,\"secure\":{\"a\":true}}").secure()).isFalse();
		assertThat(read("{\"host\":\"h\",\"port\":1,\"secure\":null}").secure()).isFalse();
	}

	@Test
	void statusIsReadInAnyCaseAndIsUpWhereThereIsNone() {
		assertThat(read("{\"host\":\"h\",\"port\":1,\"status\":\"out_of_service\"}").status())
			.isEqualTo("OUT_OF_SERVICE");
		assertThat(read("{\"host\":\"h\",\"port\":1,\"status\":\" \"}").isUp()).isTrue();
		assertThat(read("{\"host\":\"h\",\"port\":1,\"status\":7}").isUp()).isTrue();
	}

	@Test
	void namesAreTakenFromTheKey() {
		EtcdServiceInstance read = read("{\"name\":\"payments\",\"id\":\"99\",\"host\":\"h\",\"port\":1}");
		assertThat(read.serviceId()).isEqualTo("orders");
		assertThat(read.instanceId()).isEqualTo("1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "hello", "host", "host:", ":8080", "host:http", "host:0", "host:65536", "host:-1",
			"a:b:80", "ho st:80", "http://host:80", "host:80/path", "\0:80", "h\u0007:80", "{", "{}", "{]", "[]",
			"null", "\"host:80\"", "{\"host\":\"h\"}", "{\"port\":1}", "{\"host\":7,\"port\":1}",
			"{\"host\":\"\",\"port\":1}", "{\"host\":\"h\",\"port\":null}", "{\"host\":\"h\",\"port\":[1]}",
			"{\"host\":\"h\",\"port\":1e999999999}", "{\"host\":\"h\",\"port\":99999999999999999999}",
			"{\"host\":\"h\",\"port\":70000}", "{\"host\":\"h%zz\",\"port\":80}", "{\"host\":\"a:b\",\"port\":80}",
			"{\"host\":\"[::1\",\"port\":80}", "{\"host\":\"[h]\",\"port\":80}", "{\"host\":\"h\",\"port\":1} x",
			"{\"endpoints\":[]}", "{\"endpoints\":\"http://h:80\"}", "{\"endpoints\":[\"h:80\"]}",
			"{\"endpoints\":[\"http://user@h:80\"]}", "{\"endpoints\":[\"http://h\"]}",
			"{\"endpoints\":[\"unix:///tmp/sock\"]}", "{\"addr\":\"h\"}", "{\"addr\":\"user@h:80\"}",
			"{\"host\":\"h\\u00a0\",\"port\":80}" })
	void rejectsOtherValuesWithoutPrintingThem(String value) {
		assertThatIllegalArgumentException().isThrownBy(() -> read(value))
			.withMessageMatching("(address|fields?|host|port|value) .*")
			.withNoCause()
			.satisfies((ex) -> {
				if (value.trim().length() > 10) {
					assertThat(ex.getMessage()).doesNotContain(value.trim());
				}
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "[", "{\"a\":", "{\"metadata\":{\"a\":[" })
	void rejectsDeepNesting(String level) {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> read("{\"host\":\"h\",\"port\":1,\"metadata\":{\"bomb\":" + level.repeat(200_000)))
			.withMessage("value is not valid JSON");
	}

	@Test
	void rejectsRandomValuesWithAnIllegalArgumentException() {
		Random random = new Random(20260303);
		String[] seeds = { "10.0.0.7:8080", "[::1]:80", "{\"Op\":0,\"Addr\":\"10.0.0.7:8080\",\"Metadata\":{\"a\":1}}",
				"{\"version\":\"1\",\"endpoints\":[\"http://h:80?isSecure=true\",\"grpc://h:90\"]}",
				InstanceFormat.write(instance("fe80::1", 80).withMetadata(Map.of("zone", "a"))) };
		int read = 0;
		for (int i = 0; i < 50_000; i++) {
			byte[] value = seeds[random.nextInt(seeds.length)].getBytes(StandardCharsets.UTF_8);
			for (int changes = random.nextInt(4); changes > 0; changes--) {
				value[random.nextInt(value.length)] = (byte) random.nextInt(256);
			}
			try {
				assertThat(InstanceFormat.read(NAME, value).getUri()).isNotNull();
				read++;
			}
			catch (IllegalArgumentException ex) {
				assertThat(ex).hasMessageMatching("(address|fields?|host|port|value) .*");
			}
		}
		assertThat(read).isBetween(10_000, 49_000);
	}

	@Test
	void instancesHaveAUri() {
		assertThat(read("[::1]:80").getUri()).hasToString("http://[::1]:80");
		assertThat(read("{\"host\":\"[::1]\",\"port\":443,\"secure\":true}").getUri()).hasToString("https://[::1]:443");
		assertThat(read("my_host:80").getUri()).hasToString("http://my_host:80");
	}

	private static EtcdServiceInstance instance(String host, int port) {
		return new EtcdServiceInstance("orders", "1", host, port, false, "UP", Map.of());
	}

	private static EtcdServiceInstance read(String value) {
		return InstanceFormat.read(NAME, value.getBytes(StandardCharsets.UTF_8));
	}

}
