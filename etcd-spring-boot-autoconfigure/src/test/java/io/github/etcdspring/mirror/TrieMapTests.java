package io.github.etcdspring.mirror;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link TrieMap}.
 */
class TrieMapTests {

	/** With few hashes many keys collide, with few keys many are found and removed. */
	@ParameterizedTest
	@ValueSource(ints = { 1, 3, 40, Integer.MAX_VALUE })
	void behavesLikeAnyMapAndLeavesFormerOnesAlone(int hashes) {
		Random random = new Random(hashes);
		Map<Key, Integer> expected = new HashMap<>();
		TrieMap<Key, Integer> map = TrieMap.empty();
		List<Map<Key, Integer>> formerExpected = new ArrayList<>();
		List<TrieMap<Key, Integer>> former = new ArrayList<>();
		for (int i = 0; i < 20_000; i++) {
			int name = random.nextInt((i % 4000 < 2000) ? 1500 : 200);
			Key key = new Key(name, Integer.hashCode(name * 0x9E3779B9) % hashes);
			if (random.nextInt(3) > 0) {
				expected.put(key, i);
				map = map.with(key, i);
			}
			else {
				expected.remove(key);
				map = map.without(key);
			}
			assertThat(map.get(key)).isEqualTo(expected.get(key));
			assertThat(map.size()).isEqualTo(expected.size());
			if (i % 1000 == 0) {
				formerExpected.add(Map.copyOf(expected));
				former.add(map);
			}
		}
		assertThat(former).isEqualTo(formerExpected);
		assertThat(new HashMap<>(map)).isEqualTo(expected);
		for (Key key : expected.keySet()) {
			map = map.without(key);
		}
		assertThat(map).isEmpty();
	}

	@Test
	void isCopiedOnlyFromAnotherKindOfMap() {
		TrieMap<String, Integer> map = TrieMap.copyOf(Map.of("a", 1, "b", 2));
		assertThat(map).isEqualTo(Map.of("a", 1, "b", 2));
		assertThat(TrieMap.copyOf(map)).isSameAs(map);
		assertThat(map.without("c")).isSameAs(map);
	}

	@Test
	void cannotBeModified() {
		Map<String, Integer> map = TrieMap.<String, Integer>empty().with("a", 1);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> map.put("b", 2));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> map.remove("a"));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(map::clear);
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> map.entrySet().iterator().next().setValue(2));
		assertThatExceptionOfType(NoSuchElementException.class)
			.isThrownBy(() -> TrieMap.empty().entrySet().iterator().next());
		assertThat(map).isEqualTo(Map.of("a", 1));
	}

	/**
	 * A key whose hash is chosen.
	 */
	private record Key(int name, int hash) {

		@Override
		public boolean equals(Object other) {
			return other instanceof Key key && key.name == this.name;
		}

		@Override
		public int hashCode() {
			return this.hash;
		}

	}

}
