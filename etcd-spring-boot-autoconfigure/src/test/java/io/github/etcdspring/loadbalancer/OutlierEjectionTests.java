package io.github.etcdspring.loadbalancer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import io.github.etcdspring.registry.EtcdServiceInstance;
import org.junit.jupiter.api.Test;

import org.springframework.cloud.client.ServiceInstance;

import static org.assertj.core.api.Assertions.assertThat;

class OutlierEjectionTests {

	private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000);

	private final OutlierEjection ejection = new OutlierEjection(new EtcdLoadBalancerProperties.Ejection(true,
			Duration.ofSeconds(1), Duration.ofSeconds(30), 3, Duration.ofMillis(250)), "orders"::equals,
			(service) -> this.vanished, this.clock::get);

	private final ServiceInstance one = instance("one", 1);

	private final ServiceInstance two = instance("two", 2);

	private final ServiceInstance three = instance("three", 3);

	private List<ServiceInstance> all = List.of(this.one, this.two, this.three);

	private List<ServiceInstance> vanished = List.of();

	@Test
	void callsVanishedInstancesOnlyWhereNoOtherIsLeft() {
		this.vanished = List.of(instance("four", 4), instance("five", 5));
		assertThat(callable()).isSameAs(this.all);
		call(this.one, CallFailure.NOT_CONNECTED);
		call(this.two, CallFailure.NOT_CONNECTED);
		assertThat(callable()).containsExactly(this.three);
		call(this.three, CallFailure.NOT_CONNECTED);
		assertThat(callable()).isEqualTo(this.vanished);
		call(this.vanished.get(0), null);
		assertThat(callable()).as("says nothing of those that are registered").isEqualTo(this.vanished);
		millisUntilCallable(this.one);
		assertThat(callable()).as("are tried again").doesNotContainAnyElementsOf(this.vanished);
	}

	@Test
	void callsVanishedInstancesOfAServiceThatWasNeverCalled() {
		this.vanished = List.of(this.one, this.two, this.three);
		this.all = List.of();
		assertThat(callable()).isSameAs(this.vanished);
	}

	@Test
	void doesNotCallVanishedInstancesThatCannotBeReached() {
		this.vanished = List.of(this.one, this.two, this.three);
		this.all = List.of();
		call(this.one, CallFailure.NOT_CONNECTED);
		assertThat(callable()).containsExactly(this.two, this.three);
		call(this.two, CallFailure.NOT_CONNECTED);
		call(this.three, CallFailure.NOT_CONNECTED);
		assertThat(callable()).isEmpty();
		millisUntilCallable(this.one);
		call(this.one, null);
		assertThat(callable()).as("the reason was on this side").isEqualTo(this.vanished);
	}

	@Test
	void callsVanishedInstancesThatDoNotAnswerRatherThanNone() {
		this.vanished = List.of(this.one, this.two);
		this.all = List.of();
		this.ejection.started(this.one);
		this.ejection.started(this.two);
		this.clock.addAndGet(Duration.ofMillis(300).toNanos());
		assertThat(callable()).isEqualTo(this.vanished);
	}

	@Test
	void returnsTheSameListWhereNothingIsEjected() {
		assertThat(callable()).isSameAs(this.all);
		call(this.one, null);
		assertThat(callable()).isSameAs(this.all);
	}

	@Test
	void leavesOutAnInstanceAtTheFirstFailedConnection() {
		call(this.one, CallFailure.NOT_CONNECTED);
		assertThat(callable()).containsExactly(this.two, this.three);
		assertThat(this.ejection.ejected()).singleElement()
			.satisfies((ejected) -> assertThat(ejected.port()).isEqualTo(1))
			.satisfies((ejected) -> assertThat(ejected.reason()).isEqualTo("connection failed"));
	}

	@Test
	void leavesOutAnInstanceThatLosesTheConnection() {
		call(this.one, CallFailure.CONNECTION_LOST);
		assertThat(callable()).containsExactly(this.two, this.three);
	}

	@Test
	void failureOfAnotherKindEjectsNothing() {
		this.ejection.started(this.one);
		this.ejection.failed(this.one, null);
		assertThat(callable()).isSameAs(this.all);
	}

	@Test
	void triesAgainWithOneCallAndRarelyAfterFurtherFailures() {
		call(this.one, CallFailure.NOT_CONNECTED);
		List<Long> intervals = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			intervals.add(millisUntilCallable(this.one));
			this.ejection.started(this.one);
			assertThat(callable()).as("while it is tried").containsExactly(this.two, this.three);
			this.ejection.failed(this.one, CallFailure.NOT_CONNECTED);
		}
		assertThat(intervals.get(0)).isBetween(800L, 1210L);
		assertThat(intervals.get(1)).isBetween(1600L, 2410L);
		assertThat(intervals.get(2)).isBetween(3200L, 4810L);
		assertThat(intervals.get(7)).isBetween(24_000L, 36_010L);
	}

	@Test
	void isInAgainWithTheFirstAnswer() {
		call(this.one, CallFailure.NOT_CONNECTED);
		millisUntilCallable(this.one);
		call(this.one, null);
		assertThat(callable()).isSameAs(this.all);
		assertThat(this.ejection.ejected()).isEmpty();
	}

	@Test
	void callsAllWhereAllAreEjected() {
		this.all.forEach((instance) -> call(instance, CallFailure.NOT_CONNECTED));
		assertThat(callable()).isSameAs(this.all);
	}

	@Test
	void forgivesAllWhenOneAnswersAfterAllWereEjected() {
		this.all.forEach((instance) -> call(instance, CallFailure.NOT_CONNECTED));
		assertThat(callable()).isSameAs(this.all);
		call(this.two, null);
		assertThat(callable()).isSameAs(this.all);
		assertThat(this.ejection.ejected()).isEmpty();
	}

	@Test
	void isInAgainWhenItsKeyIsPutAgain() {
		call(this.one, CallFailure.NOT_CONNECTED);
		assertThat(callable()).containsExactly(this.two, this.three);
		this.all = List.of(((EtcdServiceInstance) this.one).withRevision(9), this.two, this.three);
		assertThat(callable()).isSameAs(this.all);
	}

	@Test
	void forgetsInstancesThatAreGone() {
		call(this.one, CallFailure.NOT_CONNECTED);
		this.all = List.of(this.two, this.three);
		call(this.two, null);
		call(this.three, null);
		assertThat(callable()).isSameAs(this.all);
		assertThat(this.ejection.ejected()).isEmpty();
	}

	@Test
	void countsReadTimeoutsInARow() {
		call(this.one, CallFailure.READ_TIMEOUT);
		call(this.one, CallFailure.READ_TIMEOUT);
		call(this.one, null);
		call(this.one, CallFailure.READ_TIMEOUT);
		call(this.one, CallFailure.READ_TIMEOUT);
		assertThat(this.ejection.ejected()).isEmpty();
		call(this.one, CallFailure.READ_TIMEOUT);
		assertThat(this.ejection.ejected()).hasSize(1);
		assertThat(callable()).containsExactly(this.two, this.three);
	}

	@Test
	void prefersOthersWhileCallsWaitForAnAnswer() {
		this.ejection.started(this.one);
		advance(Duration.ofMillis(240));
		assertThat(callable()).isSameAs(this.all);
		advance(Duration.ofMillis(20));
		assertThat(callable()).containsExactly(this.two, this.three);
		assertThat(this.ejection.ejected()).as("slow is not dead").isEmpty();
		this.ejection.answered(this.one);
		advance(Duration.ofMillis(10));
		assertThat(callable()).isSameAs(this.all);
	}

	@Test
	void triesAnInstanceThatDoesNotAnswerMoreAndMoreRarely() {
		this.ejection.started(this.one);
		advance(Duration.ofMillis(300));
		List<Long> intervals = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			intervals.add(millisUntilCallable(this.one));
			this.ejection.started(this.one);
			assertThat(callable()).containsExactly(this.two, this.three);
		}
		assertThat(intervals).isSorted();
		assertThat(intervals.get(3)).isGreaterThanOrEqualTo(4_000);
	}

	@Test
	void prefersAnInstanceThatDoesNotAnswerToEjectedOnes() {
		this.ejection.started(this.one);
		call(this.two, CallFailure.NOT_CONNECTED);
		call(this.three, CallFailure.NOT_CONNECTED);
		advance(Duration.ofMillis(300));
		assertThat(callable()).containsExactly(this.one);
	}

	@Test
	void doesNotReportInstancesThatAreGone() {
		call(this.one, CallFailure.NOT_CONNECTED);
		this.ejection.retain(Map.of("orders", List.of((EtcdServiceInstance) this.two)));
		assertThat(this.ejection.ejected()).isEmpty();
	}

	@Test
	void keepsNothingOfServicesOfOtherRegistries() {
		ServiceInstance other = new EtcdServiceInstance("other", "one", "127.0.0.1", 1, false, "UP", Map.of());
		this.ejection.started(other);
		this.ejection.failed(other, CallFailure.NOT_CONNECTED);
		assertThat(this.ejection.ejected()).isEmpty();
		assertThat(this.ejection.callable("other", List.of(other, this.two))).hasSize(2);
	}

	private void call(ServiceInstance instance, CallFailure failure) {
		this.ejection.started(instance);
		if (failure != null) {
			this.ejection.failed(instance, failure);
		}
		else {
			this.ejection.answered(instance);
		}
	}

	private List<ServiceInstance> callable() {
		return this.ejection.callable("orders", this.all);
	}

	private long millisUntilCallable(ServiceInstance instance) {
		long millis = 0;
		while (!callable().contains(instance)) {
			advance(Duration.ofMillis(10));
			millis += 10;
			assertThat(millis).isLessThan(100_000);
		}
		return millis;
	}

	private void advance(Duration duration) {
		this.clock.addAndGet(duration.toNanos());
	}

	private static ServiceInstance instance(String id, int port) {
		return new EtcdServiceInstance("orders", id, "127.0.0.1", port, false, "UP", Map.of(), 5);
	}

}
