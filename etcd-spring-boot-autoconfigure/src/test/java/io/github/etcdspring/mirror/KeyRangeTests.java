package io.github.etcdspring.mirror;

import java.nio.charset.StandardCharsets;
import java.util.List;

import io.etcd.jetcd.ByteSequence;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link KeyRange}.
 */
class KeyRangeTests {

	private static final KeyRange ALL = KeyRange.prefix("/config/");

	private static final KeyRange ORDERS = KeyRange.prefix("/config/orders/");

	private static final KeyRange OTHER = KeyRange.prefix("/other/");

	@Test
	void containsTheKeysOfItsPrefix() {
		assertThat(ALL.contains(bytes("/config/"))).isTrue();
		assertThat(ALL.contains(bytes("/config/a"))).isTrue();
		assertThat(ALL.contains(bytes("/config/\u00fc"))).isTrue();
		assertThat(ALL.contains(bytes("/config"))).isFalse();
		assertThat(ALL.contains(bytes("/config0"))).isFalse();
	}

	@Test
	void containsItsOneKey() {
		assertThat(KeyRange.key(bytes("/a")).contains(bytes("/a"))).isTrue();
		assertThat(KeyRange.key(bytes("/a")).contains(bytes("/a/b"))).isFalse();
	}

	/** A prefix that consists of the highest byte only has no successor. */
	@Test
	void containsAllKeysAfterAPrefixWithoutSuccessor() {
		ByteSequence highest = ByteSequence.from(new byte[] { -1 });
		KeyRange endless = new KeyRange(highest, ByteSequence.from(new byte[1]));
		assertThat(endless.contains(ByteSequence.from(new byte[] { -1, -1 }))).isTrue();
		assertThat(endless.contains(bytes("z"))).isFalse();
		assertThat(KeyRange.withoutOverlap(List.of(KeyRange.key(highest), endless, ALL))).containsExactly(endless, ALL);
	}

	@Test
	void dropsRangesWithinAnotherRange() {
		assertThat(KeyRange.withoutOverlap(List.of(ORDERS, ALL, OTHER))).containsExactly(ALL, OTHER);
		assertThat(KeyRange.withoutOverlap(List.of(ALL, ORDERS, ALL))).containsExactly(ALL);
		assertThat(KeyRange.withoutOverlap(List.of(OTHER, KeyRange.key(bytes("/other/a")), ORDERS)))
			.containsExactly(OTHER, ORDERS);
		assertThat(KeyRange.withoutOverlap(List.of(KeyRange.key(bytes("/config/")), KeyRange.key(bytes("/b")))))
			.hasSize(2);
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
