package io.github.etcdspring.discovery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import io.github.etcdspring.registry.EtcdServiceInstance;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.ServiceInstance;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link VanishedInstances}.
 */
@ExtendWith(OutputCaptureExtension.class)
class VanishedInstancesTests {

	private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000);

	private final VanishedInstances vanished = new VanishedInstances(Duration.ofSeconds(10), this.clock::get);

	@BeforeEach
	void keep() {
		this.vanished.keep(0.5, Duration.ofSeconds(60));
	}

	@Test
	void keepsAllThatVanishWithinTheTtlInSeveralBatches(CapturedOutput output) {
		vanish(3, "a");
		assertThat(ids()).isEmpty();
		pass(4);
		vanish(2, "b");
		assertThat(ids()).isEmpty();
		pass(4);
		vanish(1, "c");
		assertThat(ids()).containsExactly("a", "b", "c");
		pass(4);
		vanish(0, "d");
		assertThat(ids()).containsExactly("a", "b", "c", "d");
		assertThat(output).containsOnlyOnce("3 of 4 instances of service 'orders' vanished from etcd at once");
	}

	@Test
	void keepsNoneThatVanishOneByOne() {
		for (int left = 5; left >= 0; left--) {
			vanish(left, "i" + left);
			pass(6);
		}
		assertThat(ids()).isEmpty();
	}

	@Test
	void keepsNoneOfAServiceWithTwoInstances() {
		vanish(0, "a", "b");
		assertThat(ids()).isEmpty();
	}

	@Test
	void keepsNoneWhereMostAreLeft() {
		vanish(4, "a", "b", "c");
		assertThat(ids()).isEmpty();
		vanish(3, "d");
		assertThat(ids()).containsExactly("a", "b", "c", "d");
	}

	@Test
	void keepsWhatIsConfigured() {
		this.vanished.keep(0.9, Duration.ofSeconds(60));
		vanish(1, "a", "b", "c");
		assertThat(ids()).isEmpty();
		this.vanished.keep(0.5, Duration.ZERO);
		vanish(0, "a", "b", "c", "d");
		assertThat(ids()).isEmpty();
	}

	@Test
	void endsAfterTheDuration() {
		vanish(0, "a", "b", "c");
		assertThat(this.vanished.of("orders")).isSameAs(this.vanished.of("orders"));
		pass(59);
		assertThat(ids()).hasSize(3);
		assertThat(this.vanished.expiries().get("orders").until()).isBetween(Instant.now().plusSeconds(50),
				Instant.now().plusSeconds(60));
		pass(1);
		assertThat(ids()).isEmpty();
		assertThat(this.vanished.expiries()).isEmpty();
		vanish(0, "d");
		assertThat(ids()).isEmpty();
		vanish(0, "e", "f");
		assertThat(ids()).containsExactly("d", "e", "f");
	}

	@Test
	void endsForInstancesThatAreBack(CapturedOutput output) {
		vanish(0, "a", "b", "c");
		this.vanished.settled("orders", "b");
		assertThat(ids()).containsExactly("a", "c");
		this.vanished.settled("orders", "a");
		this.vanished.settled("orders", "c");
		this.vanished.settled("orders", "c");
		assertThat(ids()).isEmpty();
		assertThat(this.vanished.expiries()).isEmpty();
		assertThat(output).containsOnlyOnce("All instances of service 'orders' that had vanished");
	}

	@Test
	void distinguishesServices() {
		vanish(0, "a", "b", "c");
		assertThat(this.vanished.of("others")).isEmpty();
		assertThat(this.vanished.expiries()).containsOnlyKeys("orders");
	}

	private void vanish(int left, String... ids) {
		for (String id : ids) {
			this.vanished.vanished(
					new EtcdServiceInstance("orders", id, "127.0.0.1", 80, false, EtcdServiceInstance.UP, Map.of()));
		}
		this.vanished.update("orders", left);
	}

	private void pass(int seconds) {
		this.clock.addAndGet(Duration.ofSeconds(seconds).toNanos());
	}

	private List<String> ids() {
		return this.vanished.of("orders").stream().map(ServiceInstance::getInstanceId).toList();
	}

}
