package io.github.etcdspring.discovery;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.github.etcdspring.registry.EtcdServiceInstance;
import org.junit.jupiter.api.Test;

import org.springframework.cloud.client.ServiceInstance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ServiceMap}.
 */
class ServiceMapTests {

	@Test
	void equalsAHashMapAfterRandomChanges() {
		Random random = new Random(1);
		Map<String, List<EtcdServiceInstance>> expected = new HashMap<>();
		ServiceMap map = ServiceMap.EMPTY;
		for (int round = 0; round < 500; round++) {
			Map<String, List<EtcdServiceInstance>> replaced = new HashMap<>();
			for (int i = random.nextInt(5); i >= 0; i--) {
				String service = "service-" + random.nextInt(400);
				replaced.put(service,
						(random.nextInt(3) == 0) ? List.of() : List.of(instance(service, "" + round, "UP")));
			}
			ServiceMap before = map;
			Map<String, List<EtcdServiceInstance>> expectedBefore = Map.copyOf(expected);
			map = map.with(replaced);
			expected.putAll(replaced);
			expected.values().removeIf(List::isEmpty);
			assertThat(before).isEqualTo(expectedBefore);
			assertThat(map).isEqualTo(expected).hasSameSizeAs(expected);
			assertThat(map.keySet()).allMatch(map::containsKey);
		}
	}

	@Test
	void distinguishesServicesWithTheSameHashCode() {
		assertThat("Aa").hasSameHashCodeAs("BB");
		List<EtcdServiceInstance> other = List.of(instance("BB", "1", "UP"));
		ServiceMap map = ServiceMap.EMPTY.with(Map.of("Aa", List.of(instance("Aa", "1", "UP")), "BB", other));
		assertThat(map.with(Map.of("Aa", List.of()))).isEqualTo(Map.of("BB", other));
	}

	@Test
	void listsInstancesThatAreUp() {
		ServiceMap map = ServiceMap.EMPTY
			.with(Map.of("a", List.of(instance("a", "1", "UP"), instance("a", "2", "DOWN"))));
		assertThat(map.get("a")).hasSize(2);
		assertThat(map.up("a")).extracting(ServiceInstance::getInstanceId).containsExactly("1");
		assertThat(map.up("b")).isEmpty();
	}

	@Test
	void sharesTheListsOfUnchangedServices() {
		ServiceMap map = ServiceMap.EMPTY
			.with(Map.of("a", List.of(instance("a", "1", "UP")), "b", List.of(instance("b", "1", "UP"))));
		ServiceMap next = map.with(Map.of("a", List.of(instance("a", "2", "UP"))));
		assertThat(next.get("b")).isSameAs(map.get("b"));
		assertThat(next.up("b")).isSameAs(map.up("b"));
	}

	@Test
	void isImmutable() {
		List<EtcdServiceInstance> other = List.of(instance("b", "1", "UP"));
		ServiceMap map = ServiceMap.EMPTY.with(Map.of("a", List.of(instance("a", "1", "UP"))));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(map::clear);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> map.put("b", other));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> map.remove("a"));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> map.entrySet().iterator().next().setValue(other));
	}

	private static EtcdServiceInstance instance(String service, String id, String status) {
		return new EtcdServiceInstance(service, id, "h", 80, false, status, Map.of());
	}

}
