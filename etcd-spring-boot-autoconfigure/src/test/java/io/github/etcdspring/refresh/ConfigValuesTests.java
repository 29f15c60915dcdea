package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ConfigValues}.
 */
class ConfigValuesTests {

	private static final KeyOrigin ORIGIN = new KeyOrigin("/config/orders/a", 1);

	@Test
	void incrementalUpdatesEqualAFullScan() {
		long seed = Long.getLong("seed", System.nanoTime());
		Random random = new Random(seed);
		List<OverlayMap<String, ConfigProperty>> layers = new ArrayList<>(
				List.of(OverlayMap.of(Map.of()), OverlayMap.of(Map.of())));
		ConfigValues values = ConfigValues.NONE;
		for (int step = 0; step < 2_000; step++) {
			int layer = random.nextInt(2);
			layers.set(layer, layers.get(layer).with(changes(random)));
			List<Map<String, ConfigProperty>> next = List.copyOf(layers);
			values = values.replacedBy(next);
			ConfigValues fresh = ConfigValues.NONE.replacedBy(next);
			assertThat(values.namesWithPlaceholders()).as("step %d of seed %d", step, seed)
				.isEqualTo(fresh.namesWithPlaceholders());
			assertThat(values.names()).as("step %d of seed %d", step, seed).containsExactlyInAnyOrder(fresh.names());
		}
	}

	private static Map<String, Optional<ConfigProperty>> changes(Random random) {
		Map<String, Optional<ConfigProperty>> changes = new LinkedHashMap<>();
		for (int i = random.nextInt(4); i >= 0; i--) {
			Object value = switch (random.nextInt(3)) {
				case 0 -> "plain " + random.nextInt();
				case 1 -> "${other} " + random.nextInt();
				default -> random.nextInt();
			};
			changes.put("name" + random.nextInt(60),
					(random.nextInt(4) == 0) ? Optional.empty() : Optional.of(new ConfigProperty(value, ORIGIN)));
		}
		return changes;
	}

	@Test
	void propertyOfAHigherLayerHidesPlaceholders() {
		OverlayMap<String, ConfigProperty> low = OverlayMap
			.of(Map.of("a", new ConfigProperty("${b}", ORIGIN), "c", new ConfigProperty("${b}", ORIGIN)));
		OverlayMap<String, ConfigProperty> high = OverlayMap.of(Map.of("a", new ConfigProperty("plain", ORIGIN)));
		assertThat(ConfigValues.NONE.replacedBy(List.of(high, low)).namesWithPlaceholders()).containsExactly("c");
	}

}
