package io.github.etcdspring.lease;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LeaseStatus}.
 */
class LeaseStatusTests {

	@Test
	void idHasTheSixteenDigitFormatOfEtcdctl() {
		LeaseStatus status = new LeaseStatus(0x4c6a1fff93d8122L, Duration.ofSeconds(10), Instant.EPOCH, 0, null);
		assertThat(status.id()).isEqualTo("04c6a1fff93d8122");
	}

}
