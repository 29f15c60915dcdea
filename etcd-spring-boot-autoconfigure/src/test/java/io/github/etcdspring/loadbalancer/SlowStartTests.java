package io.github.etcdspring.loadbalancer;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import io.github.etcdspring.registry.EtcdServiceInstance;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.DefaultRequestContext;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.config.LoadBalancerZoneConfig;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.WeightedServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ZonePreferenceServiceInstanceListSupplier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Shares of the calls through the load balancer and suppliers of Spring Cloud. The random
 * numbers are the same in each run.
 */
class SlowStartTests {

	private static final Duration DURATION = Duration.ofSeconds(10);

	private static final int CALLS = 60_000;

	private static final Request<?> REQUEST = new DefaultRequest<>(new DefaultRequestContext());

	private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000);

	private final Random random = new Random(1);

	private final SlowStart slowStart = new SlowStart(DURATION, this.clock::get, this.random::nextDouble);

	private final EtcdServiceInstance one = instance(1, "a", 3);

	private final EtcdServiceInstance two = instance(2, "b", 1);

	private final EtcdServiceInstance three = instance(3, "a", 2);

	private final EtcdServiceInstance four = instance(4, "a", 2);

	private List<ServiceInstance> instances = List.of(this.one, this.two, this.three);

	@ParameterizedTest
	@ValueSource(doubles = { 0.1, 0.25, 0.5, 0.9 })
	void shareGrowsLinearlyWithRoundRobin(double passed) {
		this.slowStart.begin(this.three);
		pass(passed);
		Map<ServiceInstance, Double> shares = shares(UnaryOperator.identity());
		assertThat(shares.get(this.three)).isCloseTo(passed / 3, samplingError(passed / 3));
		assertThat(shares.get(this.one)).isCloseTo((1 - passed / 3) / 2, samplingError((1 - passed / 3) / 2));
		assertThat(shares.get(this.two)).isCloseTo((1 - passed / 3) / 2, samplingError((1 - passed / 3) / 2));
	}

	@ParameterizedTest
	@ValueSource(doubles = { 0.1, 0.25, 0.5, 0.9 })
	void shareOfOneInstanceBesideAnotherGrowsLinearly(double passed) {
		this.instances = List.of(this.one, this.two);
		this.slowStart.begin(this.two);
		pass(passed);
		assertThat(shares(UnaryOperator.identity()).get(this.two)).isCloseTo(passed / 2, samplingError(passed / 2));
	}

	@ParameterizedTest
	@ValueSource(doubles = { 0.1, 0.25, 0.5, 0.9 })
	void shareIsMultipliedByTheWeight(double passed) {
		this.slowStart.begin(this.three);
		pass(passed);
		Map<ServiceInstance, Double> shares = shares(WeightedServiceInstanceListSupplier::new);
		double share = passed * 2 / 6;
		assertThat(shares.get(this.three)).isCloseTo(share, samplingError(share));
		assertThat(shares.get(this.one)).isCloseTo((1 - share) * 3 / 4, samplingError((1 - share) * 3 / 4));
		assertThat(shares.get(this.two)).isCloseTo((1 - share) / 4, samplingError((1 - share) / 4));
	}

	@Test
	void instancesThatAppearTogetherGetEqualShares() {
		this.instances = List.of(this.one, this.three, this.four);
		this.slowStart.begin(this.three);
		this.slowStart.begin(this.four);
		pass(0.3);
		Map<ServiceInstance, Double> shares = shares(UnaryOperator.identity());
		assertThat(shares.get(this.three)).isCloseTo(0.1, samplingError(0.1));
		assertThat(shares.get(this.four)).isCloseTo(0.1, samplingError(0.1));
	}

	@Test
	void earlierInstanceGetsMoreThanALaterOne() {
		this.instances = List.of(this.one, this.three, this.four);
		this.slowStart.begin(this.three);
		pass(0.4);
		this.slowStart.begin(this.four);
		pass(0.2);
		Map<ServiceInstance, Double> shares = shares(UnaryOperator.identity());
		assertThat(shares.get(this.four)).isCloseTo(0.2 / 3, samplingError(0.2 / 3));
		// Without the later one, two instances share the calls
		assertThat(shares.get(this.three)).isCloseTo(0.2 / 3 + 0.4 / 2, samplingError(0.2 / 3 + 0.4 / 2));
	}

	@Test
	void newInstanceGetsAShareOfTheCallsToItsZone() {
		this.instances = List.of(this.one, this.two, this.three);
		this.slowStart.begin(this.three);
		pass(0.5);
		Map<ServiceInstance, Double> shares = shares((all) -> zone(all, "a"));
		assertThat(shares.get(this.three)).isCloseTo(0.25, samplingError(0.25));
		assertThat(shares).doesNotContainKey(this.two);
	}

	@Test
	void onlyInstanceOfTheZoneGetsAllCalls() {
		this.slowStart.begin(this.two);
		assertThat(shares((all) -> zone(all, "b"))).isEqualTo(Map.of(this.two, 1.0));
	}

	@Test
	void onlyInstanceGetsAllCalls() {
		this.slowStart.begin(this.one);
		this.instances = List.of(this.one);
		assertThat(this.slowStart.choose("orders", this.instances)).isSameAs(this.instances);
	}

	@Test
	void onlyInstanceThatIsNotEjectedGetsAllCalls() {
		this.slowStart.begin(this.three);
		OutlierEjection ejection = ejection();
		List.of(this.one, this.two).forEach((instance) -> fail(ejection, instance));
		assertThat(shares((all) -> supplier(() -> ejection.callable("orders", this.instances))))
			.isEqualTo(Map.of(this.three, 1.0));
	}

	@Test
	void trialCallOfAnEjectedInstanceIsNotLost() {
		this.slowStart.begin(this.three);
		OutlierEjection ejection = ejection();
		fail(ejection, this.three);
		pass(0.5);
		ServiceInstanceListSupplier callable = supplier(() -> ejection.callable("orders", this.instances));
		assertThat(shares((all) -> callable).get(this.three)).as("until it is called, it can be")
			.isCloseTo(0.5 / 3, samplingError(0.5 / 3));
		ejection.started(this.three);
		assertThat(shares((all) -> callable)).doesNotContainKey(this.three);
		ejection.answered(this.three);
		assertThat(shares((all) -> callable).get(this.three)).isCloseTo(0.5 / 3, samplingError(0.5 / 3));
	}

	@Test
	void noInstanceIsSlowedWhereAllAreNew() {
		this.instances.forEach(this.slowStart::begin);
		pass(0.01);
		assertThat(this.slowStart.choose("orders", this.instances)).isSameAs(this.instances);
	}

	@Test
	void otherServicesAreNotSlowed() {
		this.slowStart.begin(this.three);
		assertThat(this.slowStart.choose("invoices", this.instances)).isSameAs(this.instances);
	}

	@Test
	void nothingIsAddedToACallWhereNoInstanceIsNew() {
		Flux<List<ServiceInstance>> all = Flux.just(this.instances);
		ServiceInstanceListSupplier supplier = new SlowStartInstanceListSupplier(supplier(all), this.slowStart);
		assertThat(supplier.get()).isSameAs(all);
		this.slowStart.begin(this.three);
		assertThat(supplier.get(REQUEST)).isNotSameAs(all);
		pass(1);
		assertThat(supplier.get()).isSameAs(all);
		assertThat(this.slowStart.isActive()).isFalse();
	}

	@Test
	void endsForEachInstanceAfterTheDuration() {
		this.slowStart.begin(this.two);
		pass(0.5);
		this.slowStart.begin(this.three);
		pass(0.5);
		Map<ServiceInstance, Double> shares = shares(UnaryOperator.identity());
		assertThat(shares.get(this.three)).isCloseTo(0.5 / 3, samplingError(0.5 / 3));
		assertThat(shares.get(this.two)).isCloseTo(shares.get(this.one), Offset.offset(0.02));
	}

	/** Five standard deviations: the round robin begins at a random position. */
	private static Offset<Double> samplingError(double share) {
		return Offset.offset(5 * Math.sqrt(share * (1 - share) / CALLS));
	}

	private void pass(double share) {
		this.clock.addAndGet((long) (share * DURATION.toNanos()));
	}

	/** Share of each instance of the calls through a round robin. */
	private Map<ServiceInstance, Double> shares(UnaryOperator<ServiceInstanceListSupplier> suppliers) {
		ServiceInstanceListSupplier supplier = new SlowStartInstanceListSupplier(
				suppliers.apply(supplier(Flux.defer(() -> Flux.just(this.instances)))), this.slowStart);
		StaticListableBeanFactory beans = new StaticListableBeanFactory(Map.of("supplier", supplier));
		ReactorServiceInstanceLoadBalancer loadBalancer = new RoundRobinLoadBalancer(
				beans.getBeanProvider(ServiceInstanceListSupplier.class), "orders");
		Map<ServiceInstance, Double> shares = new HashMap<>();
		Stream.generate(() -> loadBalancer.choose(REQUEST).block().getServer())
			.limit(CALLS)
			.forEach((instance) -> shares.merge(instance, 1.0 / CALLS, Double::sum));
		shares.replaceAll((instance, share) -> (double) Math.round(share * CALLS) / CALLS);
		return shares;
	}

	private static ServiceInstanceListSupplier zone(ServiceInstanceListSupplier all, String zone) {
		return new ZonePreferenceServiceInstanceListSupplier(all, new LoadBalancerZoneConfig(zone));
	}

	private OutlierEjection ejection() {
		return new OutlierEjection(new EtcdLoadBalancerProperties.Ejection(true, Duration.ofSeconds(1),
				Duration.ofSeconds(30), 3, Duration.ofMillis(250)), "orders"::equals, (service) -> List.of(),
				this.clock::get);
	}

	private static void fail(OutlierEjection ejection, ServiceInstance instance) {
		ejection.started(instance);
		ejection.failed(instance, CallFailure.NOT_CONNECTED);
	}

	private static ServiceInstanceListSupplier supplier(Supplier<List<ServiceInstance>> instances) {
		return supplier(Flux.defer(() -> Flux.just(instances.get())));
	}

	private static ServiceInstanceListSupplier supplier(Flux<List<ServiceInstance>> instances) {
		return new ServiceInstanceListSupplier() {

			@Override
			public String getServiceId() {
				return "orders";
			}

			@Override
			public Flux<List<ServiceInstance>> get() {
				return instances;
			}

		};
	}

	private static EtcdServiceInstance instance(int number, String zone, int weight) {
		return new EtcdServiceInstance("orders", "i" + number, "10.0.0." + number, 80, false, "UP",
				Map.of("zone", zone, "weight", String.valueOf(weight)));
	}

}
