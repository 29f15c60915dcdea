package io.github.etcdspring.loadbalancer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

import io.github.etcdspring.registry.EtcdServiceInstance;
import org.junit.jupiter.api.Test;

import org.springframework.cloud.client.ServiceInstance;

import static org.assertj.core.api.Assertions.assertThat;

class NewInstancesTests {

	private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000);

	private final Set<ServiceInstance> ejected = new HashSet<>();

	private final List<EtcdServiceInstance> found = new ArrayList<>();

	private final NewInstances instances = new NewInstances(this.ejected::contains, this.found::add, this.clock::get);

	private final EtcdServiceInstance one = instance(8080, "UP");

	private final EtcdServiceInstance outOfService = this.one.withStatus("OUT_OF_SERVICE");

	@Test
	void instanceOfAnUnknownKeyIsNew() {
		this.instances.changed(null, this.one, false);
		assertThat(this.found).containsExactly(this.one);
	}

	@Test
	void instanceWhoseKeyIsPutAgainIsNotNew() {
		this.instances.changed(this.one, this.one.withRevision(7), false);
		this.instances.changed(this.one, this.one.withMetadata(Map.of("weight", "2")), false);
		assertThat(this.found).isEmpty();
	}

	@Test
	void instanceThatIsBackAfterItsKeyExpiredIsNotNew() {
		this.instances.changed(this.one, null, false);
		this.clock.addAndGet(Duration.ofMinutes(5).toNanos());
		this.instances.changed(null, this.one, false);
		assertThat(this.found).isEmpty();
	}

	@Test
	void expiredInstanceIsForgottenAfterAWhile() {
		this.instances.changed(this.one, null, false);
		this.clock.addAndGet(Duration.ofMinutes(11).toNanos());
		this.instances.changed(null, this.one, false);
		assertThat(this.found).containsExactly(this.one);
	}

	@Test
	void instanceAtAnotherAddressIsNew() {
		EtcdServiceInstance moved = instance(8081, "UP");
		this.instances.changed(this.one, moved, false);
		assertThat(this.found).containsExactly(moved);
		this.instances.changed(moved, null, false);
		this.instances.changed(null, this.one, false);
		assertThat(this.found).containsExactly(moved, this.one);
	}

	@Test
	void instanceThatIsBackAfterAGracefulShutdownIsNew() {
		this.instances.changed(this.one, this.outOfService, false);
		this.instances.changed(this.outOfService, null, false);
		this.instances.changed(null, this.one, false);
		assertThat(this.found).containsExactly(this.one);
	}

	@Test
	void instanceThatIsBackAfterAGracefulShutdownSeenAtOnceIsNew() {
		this.instances.changed(this.one, null, true);
		this.instances.changed(null, this.one, false);
		assertThat(this.found).containsExactly(this.one);
	}

	@Test
	void instanceThatTakesTrafficAgainIsNew() {
		this.instances.changed(this.one, this.outOfService, false);
		assertThat(this.found).isEmpty();
		this.instances.changed(this.outOfService, this.one, false);
		assertThat(this.found).containsExactly(this.one);
	}

	@Test
	void ejectedInstanceWhoseKeyIsPutAgainIsNew() {
		this.ejected.add(this.one);
		this.instances.changed(this.one, this.one.withRevision(7), false);
		assertThat(this.found).containsExactly(this.one);
	}

	@Test
	void instanceThatWasEjectedWhenItsKeyExpiredIsNew() {
		this.ejected.add(this.one);
		this.instances.changed(this.one, null, false);
		this.ejected.clear();
		this.instances.changed(null, this.one, false);
		assertThat(this.found).containsExactly(this.one);
	}

	private static EtcdServiceInstance instance(int port, String status) {
		return new EtcdServiceInstance("orders", "one", "10.0.0.1", port, false, status, Map.of());
	}

}
