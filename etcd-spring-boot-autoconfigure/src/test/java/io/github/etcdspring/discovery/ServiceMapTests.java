package io.github.etcdspring.discovery;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ServiceMapTests {

	@Test
	void isEqualToAHashMapAfterAnyChanges() {
		Random random = new Random(1);
		Map<String, List<Integer>> expected = new HashMap<>();
		ServiceMap<Integer> map = ServiceMap.empty();
		for (int round = 0; round < 500; round++) {
			Map<String, List<Integer>> replaced = new HashMap<>();
			for (int i = random.nextInt(5); i >= 0; i--) {
				replaced.put("service-" + random.nextInt(400), (random.nextInt(3) == 0) ? List.of() : List.of(round));
			}
			ServiceMap<Integer> before = map;
			Map<String, List<Integer>> copyBefore = Map.copyOf(expected);
			map = map.with(replaced);
			expected.putAll(replaced);
			expected.values().removeIf(List::isEmpty);
			assertThat(before).isEqualTo(copyBefore);
			assertThat(map).isEqualTo(expected).hasSameSizeAs(expected);
			assertThat(map.keySet()).allMatch(map::containsKey);
		}
	}

	@Test
	void keepsServicesApartThatHaveTheSameHashCode() {
		assertThat("Aa").hasSameHashCodeAs("BB");
		ServiceMap<Integer> map = ServiceMap.<Integer>empty().with(Map.of("Aa", List.of(1), "BB", List.of(2)));
		assertThat(map.with(Map.of("Aa", List.of()))).isEqualTo(Map.of("BB", List.of(2)));
	}

	@Test
	void sharesTheListsOfServicesThatDidNotChange() {
		ServiceMap<Integer> map = ServiceMap.<Integer>empty().with(Map.of("a", List.of(1), "b", List.of(2)));
		assertThat(map.with(Map.of("a", List.of(3))).get("b")).isSameAs(map.get("b"));
	}

	@Test
	void isImmutable() {
		ServiceMap<Integer> map = ServiceMap.<Integer>empty().with(Map.of("a", List.of(1)));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(map::clear);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> map.put("b", List.of(2)));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> map.remove("a"));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> map.entrySet().iterator().next().setValue(List.of(2)));
	}

}
