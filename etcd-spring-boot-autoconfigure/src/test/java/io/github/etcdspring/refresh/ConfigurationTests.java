package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.Configuration.Values;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Configuration}.
 */
class ConfigurationTests {

	private static final KeyOrigin ORIGIN = new KeyOrigin("/config/orders/a", 1);

	@Test
	void incrementalUpdatesEqualAFullScan() {
		long seed = Long.getLong("seed", System.nanoTime());
		Random random = new Random(seed);
		List<OverlayMap<String, Property>> layers = new ArrayList<>(
				List.of(OverlayMap.of(Map.of()), OverlayMap.of(Map.of())));
		Values values = Values.NONE;
		for (int step = 0; step < 2_000; step++) {
			int layer = random.nextInt(2);
			layers.set(layer, layers.get(layer).with(changes(random)));
			List<Map<String, Property>> next = List.copyOf(layers);
			values = values.replacedBy(next);
			Values fresh = Values.NONE.replacedBy(next);
			assertThat(values.namesWithPlaceholders()).as("step %d of seed %d", step, seed)
				.isEqualTo(fresh.namesWithPlaceholders());
			assertThat(values.names()).as("step %d of seed %d", step, seed).containsExactlyInAnyOrder(fresh.names());
		}
	}

	private static Map<String, Optional<Property>> changes(Random random) {
		Map<String, Optional<Property>> changes = new LinkedHashMap<>();
		for (int i = random.nextInt(4); i >= 0; i--) {
			Object value = switch (random.nextInt(3)) {
				case 0 -> "plain " + random.nextInt();
				case 1 -> "${other} " + random.nextInt();
				default -> random.nextInt();
			};
			changes.put("name" + random.nextInt(60),
					(random.nextInt(4) == 0) ? Optional.empty() : Optional.of(new Property(value, ORIGIN)));
		}
		return changes;
	}

	@Test
	void propertyOfAHigherLayerHidesPlaceholders() {
		OverlayMap<String, Property> low = OverlayMap
			.of(Map.of("a", new Property("${b}", ORIGIN), "c", new Property("${b}", ORIGIN)));
		OverlayMap<String, Property> high = OverlayMap.of(Map.of("a", new Property("plain", ORIGIN)));
		assertThat(Values.NONE.replacedBy(List.of(high, low)).namesWithPlaceholders()).containsExactly("c");
	}

}
