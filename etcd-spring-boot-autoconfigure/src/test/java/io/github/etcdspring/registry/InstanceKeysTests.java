package io.github.etcdspring.registry;

import java.nio.charset.StandardCharsets;
import java.util.Random;

import io.etcd.jetcd.ByteSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class InstanceKeysTests {

	private static final String[] ALPHABET = { "/", "%", "%2F", "%zz", " ", "\t", "\n", "\0", "\u0085", "\u00a0",
			"\u2028", "a", "B", ".", "..", "-", ":", "[", "\"", "\\", "\u00fc", "\u4e2d", "\ud83d\ude00", "\u200d" };

	private final InstanceKeys keys = new InstanceKeys("/services");

	@Test
	void plainNamesAreNotEncoded() {
		assertThat(this.keys.key("orders", "orders-7f3a")).isEqualTo("/services/orders/orders-7f3a");
		assertThat(this.keys.key("\u6ce8\u6587", "10.0.0.7:8080")).isEqualTo("/services/\u6ce8\u6587/10.0.0.7:8080");
	}

	@Test
	void prefixMayEndWithSlashes() {
		assertThat(new InstanceKeys("/services/").prefix()).isEqualTo("/services/");
		assertThat(new InstanceKeys(" /services// ").prefix()).isEqualTo("/services/");
	}

	@ParameterizedTest
	@CsvSource({ "a/b, /services/a%2Fb/1", "50%, /services/50%25/1", "a b, /services/a%20b/1" })
	void nameIsAlwaysOneSegment(String serviceId, String key) {
		assertThat(this.keys.key(serviceId, "1")).isEqualTo(key);
	}

	@Test
	void namesAreDecodedFromTheirKey() {
		Random random = new Random(20260301);
		for (int i = 0; i < 20_000; i++) {
			InstanceKey name = new InstanceKey(name(random), name(random));
			assertThat(parse(this.keys.key(name.serviceId(), name.instanceId()))).isEqualTo(name);
		}
	}

	@Test
	void keysAreUnique() {
		Random random = new Random(20260302);
		for (int i = 0; i < 20_000; i++) {
			InstanceKey one = new InstanceKey(name(random), name(random));
			InstanceKey other = new InstanceKey(name(random), name(random));
			assertThat(this.keys.key(one.serviceId(), one.instanceId())
				.equals(this.keys.key(other.serviceId(), other.instanceId()))).isEqualTo(one.equals(other));
		}
	}

	@Test
	void longNamesAreDecodedFromTheirKey() {
		InstanceKey name = new InstanceKey("\u00fc/".repeat(5_000), "\0".repeat(10_000));
		assertThat(parse(this.keys.key(name.serviceId(), name.instanceId()))).isEqualTo(name);
	}

	@Test
	void rejectsUnpairedSurrogates() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.keys.key("a\ud83d", "1"))
			.withMessageContaining("Unicode");
		assertThatIllegalArgumentException().isThrownBy(() -> this.keys.key("a", "\ude00\ud83d"))
			.withMessageContaining("Unicode");
	}

	@Test
	void instanceIdMayContainSlashesInAKeyWrittenByHand() {
		assertThat(parse("/services/orders/eu/7")).isEqualTo(new InstanceKey("orders", "eu/7"));
	}

	@Test
	void invalidPercentEncodingIsKept() {
		assertThat(parse("/services/orders/100%")).isEqualTo(new InstanceKey("orders", "100%"));
		assertThat(parse("/services/orders/%zz\u00fc")).isEqualTo(new InstanceKey("orders", "%zz\u00fc"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/", "/services", "/services/", "/services/orders", "/services/orders/",
			"/services//1", "/other/orders/1", "/service/s/1" })
	void ignoresKeysOfAnotherForm(String key) {
		assertThat(parse(key)).isNull();
	}

	@Test
	void ignoresKeysThatAreNotUtf8() {
		byte[] bytes = "/services/orders/_".getBytes(StandardCharsets.UTF_8);
		bytes[bytes.length - 1] = (byte) 0xff;
		assertThat(this.keys.parse(ByteSequence.from(bytes))).isNull();
	}

	private InstanceKey parse(String key) {
		return this.keys.parse(ByteSequence.from(key, StandardCharsets.UTF_8));
	}

	private static String name(Random random) {
		StringBuilder name = new StringBuilder();
		for (int length = 1 + random.nextInt(8); length > 0; length--) {
			if (random.nextInt(10) > 0) {
				name.append(ALPHABET[random.nextInt(ALPHABET.length)]);
			}
			else {
				int character = random.nextInt(Character.MAX_CODE_POINT + 1);
				name.appendCodePoint((Character.getType(character) != Character.SURROGATE) ? character : '?');
			}
		}
		return name.toString();
	}

}
