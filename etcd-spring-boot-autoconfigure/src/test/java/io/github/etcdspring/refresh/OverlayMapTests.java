package io.github.etcdspring.refresh;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

/**
 * Tests for {@link OverlayMap}.
 */
class OverlayMapTests {

	private final OverlayMap<String, Integer> map = OverlayMap.of(Map.of("a", 1, "b", 2));

	@Test
	void addsReplacesAndRemoves() {
		OverlayMap<String, Integer> next = this.map
			.with(Map.of("a", Optional.empty(), "b", Optional.of(3), "c", Optional.of(4)));
		assertThat(next).containsOnly(entry("b", 3), entry("c", 4)).doesNotContainKey("a");
		assertThat(next.get("a")).isNull();
		assertThat(this.map).containsOnly(entry("a", 1), entry("b", 2));
	}

	@Test
	void returnsItselfWithoutChanges() {
		assertThat(this.map.with(Map.of())).isSameAs(this.map);
	}

	@Test
	void removalOfAMissingKeyHasNoEffect() {
		assertThat(this.map.with(Map.of("x", Optional.empty()))).isEqualTo(this.map).hasSize(2);
	}

	@Test
	void knowsWhichKeysMayDiffer() {
		OverlayMap<String, Integer> next = this.map.with(Map.of("b", Optional.of(3)));
		OverlayMap<String, Integer> other = this.map.with(Map.of("c", Optional.of(3)));
		assertThat(next.changedKeys(this.map)).isEqualTo(Set.of("b"));
		assertThat(this.map.changedKeys(next)).isEqualTo(Set.of("b"));
		assertThat(next.changedKeys(other)).isEqualTo(Set.of("b", "c"));
		assertThat(next.changedKeys(OverlayMap.of(Map.of("a", 1, "b", 2)))).isNull();
		assertThat(next.changedKeys(Map.of())).isNull();
	}

	@Test
	void keepsItsOrder() {
		Map<String, Integer> base = new LinkedHashMap<>();
		base.put("b", 1);
		base.put("a", 2);
		assertThat(OverlayMap.of(base).with(Map.of("b", Optional.of(3))).with(Map.of("0", Optional.of(4))).keySet())
			.containsExactly("b", "a", "0");
	}

	@Test
	void equalsOtherMapsWithTheSameEntries() {
		OverlayMap<String, Integer> next = this.map.with(Map.of("b", Optional.of(3)));
		assertThat(next).isNotEqualTo(this.map)
			.isEqualTo(Map.of("a", 1, "b", 3))
			.hasSameHashCodeAs(Map.of("a", 1, "b", 3));
		assertThat(next.with(Map.of("b", Optional.of(2)))).isEqualTo(this.map);
	}

	@Test
	void equalsAHashMapAfterManyChanges() {
		long seed = Long.getLong("seed", new Random().nextLong());
		Random random = new Random(seed);
		Map<Integer, Integer> expected = new HashMap<>();
		OverlayMap<Integer, Integer> actual = OverlayMap.of(Map.of());
		for (int i = 0; i < 1000; i++) {
			Map<Integer, Optional<Integer>> changes = new HashMap<>();
			for (int j = random.nextInt(5); j > 0; j--) {
				int key = random.nextInt(200);
				if (random.nextInt(3) == 0) {
					expected.remove(key);
					changes.put(key, Optional.empty());
				}
				else {
					expected.put(key, i);
					changes.put(key, Optional.of(i));
				}
			}
			actual = actual.with(changes);
			assertThat(actual).as("-Dseed=" + seed).isEqualTo(expected).hasSameSizeAs(expected);
			assertThat(actual.entrySet()).as("-Dseed=" + seed).hasSameElementsAs(expected.entrySet());
		}
	}

}
