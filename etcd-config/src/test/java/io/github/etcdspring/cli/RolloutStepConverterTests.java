package io.github.etcdspring.cli;

import java.time.Duration;

import io.github.etcdspring.rollout.RolloutStep;
import io.github.etcdspring.rollout.RolloutTarget;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link RolloutStepConverter}.
 */
class RolloutStepConverterTests {

	private final RolloutStepConverter converter = new RolloutStepConverter();

	@Test
	void readsTargetAndTime() {
		assertThat(this.converter.convert("10%:5m"))
			.isEqualTo(new RolloutStep(RolloutTarget.share(10), Duration.ofMinutes(5)));
		assertThat(this.converter.convert("zone=eu:west:30"))
			.isEqualTo(new RolloutStep(RolloutTarget.zone("eu:west"), Duration.ofSeconds(30)));
		assertThat(this.converter.convert("version=1.4.0:1h"))
			.isEqualTo(new RolloutStep(RolloutTarget.version("1.4.0"), Duration.ofHours(1)));
		assertThat(this.converter.convert("instance=orders-1:1s"))
			.isEqualTo(new RolloutStep(RolloutTarget.instances("orders-1"), Duration.ofSeconds(1)));
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "", "10%", "10:5m", "0%:5m", "101%:5m", "zone=:5m", "host=a:5m", "10%:", "10%:soon", "10%:0s" })
	void rejectsOtherTexts(String value) {
		assertThatExceptionOfType(TypeConversionException.class).isThrownBy(() -> this.converter.convert(value));
	}

}
