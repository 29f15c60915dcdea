package io.github.etcdspring.actuate;

import java.util.Locale;

import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.registry.EtcdServiceRegistry;
import io.github.etcdspring.registry.RegistrationStatus.State;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the registration: renewals and losses of the lease, and instances by
 * registration state.
 */
final class RegistrationMetrics implements MeterBinder {

	private final LeaseSession session;

	private final EtcdServiceRegistry registry;

	RegistrationMetrics(LeaseSession session, EtcdServiceRegistry registry) {
		this.session = session;
		this.registry = registry;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		FunctionCounter.builder("etcd.lease.renewals", this.session, LeaseSession::renewals)
			.description("Successful lease renewals")
			.register(registry);
		FunctionCounter.builder("etcd.lease.losses", this.session, (session) -> session.status().losses())
			.description("Lost leases")
			.register(registry);
		for (State state : State.values()) {
			Gauge.builder("etcd.registration.instances", this.registry, (instances) -> count(instances, state))
				.tag("state", state.name().toLowerCase(Locale.ROOT))
				.description("Instances of this application by registration state")
				.register(registry);
		}
	}

	private static double count(EtcdServiceRegistry registry, State state) {
		return registry.registrations().stream().filter((instance) -> instance.state() == state).count();
	}

}
