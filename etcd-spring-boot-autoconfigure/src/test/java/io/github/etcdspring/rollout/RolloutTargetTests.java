package io.github.etcdspring.rollout;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import io.github.etcdspring.fleet.FleetInstance;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RolloutTarget}.
 */
class RolloutTargetTests {

	private final List<FleetInstance> instances = IntStream.range(0, 10)
		.mapToObj((i) -> new FleetInstance("orders", "orders-" + i, (i < 4) ? "1.4" : null, (i < 5) ? "a" : null,
				List.of(), 1, 1, null, List.of()))
		.toList();

	@Test
	void shareIsRoundedUp() {
		assertThat(RolloutTarget.share(1).select(this.instances)).hasSize(1);
		assertThat(RolloutTarget.share(11).select(this.instances)).hasSize(2);
		assertThat(RolloutTarget.share(100).select(this.instances)).hasSize(10);
		assertThat(RolloutTarget.share(100).select(List.of())).isEmpty();
	}

	@Test
	void growingShareKeepsItsInstances() {
		Set<FleetInstance> former = new HashSet<>();
		for (int percent = 1; percent <= 100; percent++) {
			List<FleetInstance> selected = RolloutTarget.share(percent).select(this.instances);
			assertThat(selected).containsAll(former);
			former.addAll(selected);
		}
	}

	@Test
	void shareDoesNotDependOnTheOrder() {
		List<FleetInstance> reversed = new ArrayList<>(this.instances);
		java.util.Collections.reverse(reversed);
		assertThat(RolloutTarget.share(30).select(reversed)).isEqualTo(RolloutTarget.share(30).select(this.instances));
	}

	@Test
	void selectsByZoneVersionAndName() {
		assertThat(RolloutTarget.zone("a").select(this.instances)).hasSize(5);
		assertThat(RolloutTarget.zone("b").select(this.instances)).isEmpty();
		assertThat(RolloutTarget.version("1.4").select(this.instances)).hasSize(4);
		assertThat(RolloutTarget.instances("orders-9", "orders-1", "other").select(this.instances))
			.extracting(FleetInstance::instance)
			.containsExactlyInAnyOrder("orders-1", "orders-9");
		assertThat(new RolloutTarget(50, Set.of("a"), Set.of("1.4"), Set.of("orders-0", "orders-1", "orders-9"))
			.select(this.instances)).hasSize(1);
	}

}
