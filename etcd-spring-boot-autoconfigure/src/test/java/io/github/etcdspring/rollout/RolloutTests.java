package io.github.etcdspring.rollout;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.operations.ConfigChange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Rollout}.
 */
class RolloutTests {

	private static final RolloutPlan PLAN = RolloutPlan
		.of("jane", "why \"so\"", ConfigChange.put("/config/orders/size", "2"), ConfigChange.delete("/config/shop/old"))
		.step(new RolloutTarget(10, Set.of("a", "b"), Set.of("1.4"), Set.of("one")), Duration.ofMinutes(5))
		.step(RolloutTarget.share(50), Duration.ZERO)
		.stopIfDown("readiness")
		.stopIfMeterAbove("orders.failed", 2.5);

	private static final Rollout ROLLOUT = Rollout
		.of("r1", PLAN,
				List.of(new Rollout.Change("/config/orders/size", "s3cret", 7),
						new Rollout.Change("/config/shop/old", null, 3)))
		.advancedTo(1, Set.of("orders/one", "orders/two"));

	@Test
	void mergesThePartsThatItWrites() {
		Rollout orders = Rollout.read(ROLLOUT.write("/config/orders/"));
		Rollout shop = Rollout.read(ROLLOUT.write("/config/shop/"));
		assertThat(Rollout.merge(List.of(orders, shop))).isEqualTo(ROLLOUT);
		Rollout stopped = ROLLOUT.stoppedFor("odd");
		assertThat(Rollout.read(stopped.write("/config/shop/")).stopped()).isEqualTo("odd");
	}

	@Test
	void partContainsOnlyTheValuesOfItsDirectory() {
		assertThat(ROLLOUT.write("/config/orders/")).asString().contains("s3cret");
		assertThat(ROLLOUT.write("/config/shop/")).asString().doesNotContain("s3cret");
	}

	@Test
	void isIncompleteWithoutAPart() {
		Rollout orders = Rollout.read(ROLLOUT.write("/config/orders/"));
		assertThat(Rollout.merge(List.of())).isNull();
		assertThat(Rollout.merge(List.of(orders))).isNull();
		Rollout other = Rollout.of("r2", PLAN, ROLLOUT.changes());
		assertThat(Rollout.merge(List.of(orders, Rollout.read(other.write("/config/shop/"))))).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "text", "5", "[]", "{}", "{\"id\":\"a\"}",
			"{\"id\":\"a\",\"directories\":[\"/a/\"],\"steps\":[5]}",
			"{\"id\":\"a\",\"directories\":[\"/a/\"],\"steps\":[{\"percent\":200,\"watch\":\"PT1S\"}]}" })
	void rejectsOtherValues(String value) {
		assertThat(Rollout.read(ByteSequence.from(value, StandardCharsets.UTF_8))).isNull();
	}

	@Test
	void omitsValuesFromTexts() {
		assertThat(ROLLOUT.toString() + ROLLOUT.changes() + PLAN).doesNotContain("s3cret");
	}

}
