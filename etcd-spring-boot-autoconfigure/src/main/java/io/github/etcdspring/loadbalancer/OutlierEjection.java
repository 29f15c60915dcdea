package io.github.etcdspring.loadbalancer;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

import io.github.etcdspring.loadbalancer.ServiceHealth.Policy;
import io.github.etcdspring.registry.EtcdServiceInstance;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Ejects instances that this application cannot reach. An ejected instance is tried again
 * with a back-off, and is included again after its first response. Public only for the
 * actuator.
 */
public final class OutlierEjection {

	private static final Log logger = LogFactory.getLog(OutlierEjection.class);

	/** Spreads the trial calls of several callers. */
	private static final double JITTER = 0.2;

	private final Map<String, ServiceHealth> services = new ConcurrentHashMap<>();

	private final Predicate<String> knows;

	private final Function<String, List<ServiceInstance>> vanished;

	private final LongSupplier clock;

	private final long minDuration;

	private final long maxDuration;

	private final int readTimeouts;

	private final long unansweredAfter;

	private final Policy policy;

	private volatile BiConsumer<String, String> listener = (service, reason) -> {
	};

	/**
	 * Create an ejection.
	 * @param properties durations and thresholds
	 * @param knows tells whether a service is registered in etcd
	 * @param vanished returns the instances of a service that vanished at once, which are
	 * called last
	 * @param clock monotonic time in nanoseconds
	 */
	OutlierEjection(EtcdLoadBalancerProperties.Ejection properties, Predicate<String> knows,
			Function<String, List<ServiceInstance>> vanished, LongSupplier clock) {
		this.knows = knows;
		this.vanished = vanished;
		this.clock = clock;
		this.minDuration = properties.minDuration().toNanos();
		this.maxDuration = properties.maxDuration().toNanos();
		this.readTimeouts = properties.readTimeouts();
		this.unansweredAfter = properties.unansweredAfter().toNanos();
		this.policy = (health, now) -> health.isAvoided(now, this.unansweredAfter, this.minDuration, this.maxDuration);
	}

	/**
	 * Set the listener that receives service and reason of each ejection, on the thread
	 * of the call.
	 * @param listener the listener
	 */
	public void setListener(BiConsumer<String, String> listener) {
		this.listener = listener;
	}

	/**
	 * Return the instances that are currently ejected.
	 * @return a copy
	 */
	public List<EjectedInstance> ejected() {
		List<EjectedInstance> ejected = new ArrayList<>();
		this.services.forEach((service, health) -> health.forEach((address, instance) -> {
			Ejection ejection = instance.ejection();
			if (ejection != null) {
				ejected.add(new EjectedInstance(service, address.host(), address.port(), ejection.failure().text(),
						ejection.attempts(), ejection.since()));
			}
		}));
		return ejected;
	}

	/**
	 * Forget instances that are gone.
	 * @param instances all instances in etcd by service
	 */
	void retain(Map<String, List<EtcdServiceInstance>> instances) {
		this.services.forEach((service, health) -> health.forgetOthers(instances.getOrDefault(service, List.of()),
				this.vanished.apply(service)));
	}

	boolean isEjected(ServiceInstance instance) {
		ServiceHealth health = this.services.get(instance.getServiceId());
		return health != null && health.isEjected(instance);
	}

	List<ServiceInstance> callable(String service, List<ServiceInstance> instances) {
		List<ServiceInstance> vanished = this.vanished.apply(service);
		ServiceHealth health = this.services.get(service);
		if (health == null) {
			return (instances.isEmpty()) ? vanished : instances;
		}
		return health.callable(instances, vanished, this.clock.getAsLong(), this.policy);
	}

	/**
	 * Choose from some of the instances of a service.
	 * @param service the name of the service
	 * @param instances the instances
	 * @param required whether all are returned if all are ejected
	 * @return the instances without those that are ejected, and without those that do not
	 * answer if others do
	 */
	List<ServiceInstance> reachable(String service, List<ServiceInstance> instances, boolean required) {
		ServiceHealth health = this.services.get(service);
		if (health == null) {
			return instances;
		}
		List<ServiceInstance> reachable = health.reachable(instances, this.clock.getAsLong(), this.policy);
		return (reachable.isEmpty() && required) ? instances : reachable;
	}

	void started(ServiceInstance instance) {
		ServiceHealth service = of(instance);
		if (service == null) {
			return;
		}
		InstanceHealth health = service.of(instance);
		long now = this.clock.getAsLong();
		boolean trial = health.isUnanswered(now, this.unansweredAfter);
		health.started(now);
		Ejection ejection = health.ejection();
		if (ejection != null && ejection.isOver(now)) {
			// This call tries the instance; the next one has to wait for longer
			health.replace(ejection, ejection.again(now + backOff(ejection.attempts() + 1)));
			trial = true;
		}
		if (trial) {
			// Last, so that no list is cached that still contains the instance
			service.changed();
		}
	}

	void answered(ServiceInstance instance) {
		ServiceHealth service = of(instance);
		if (service == null) {
			return;
		}
		if (service.of(instance).reset()) {
			service.changed();
			logger.info(describe(instance) + " is called again");
		}
		service.answered();
	}

	void failed(ServiceInstance instance, @Nullable CallFailure failure) {
		ServiceHealth service = of(instance);
		if (service == null) {
			return;
		}
		InstanceHealth health = service.of(instance);
		if (failure == CallFailure.READ_TIMEOUT) {
			int timeouts = health.timedOut(this.clock.getAsLong());
			service.changed();
			if (timeouts >= this.readTimeouts) {
				eject(service, instance, health, failure, timeouts);
			}
			return;
		}
		health.ended();
		if (failure != null) {
			eject(service, instance, health, failure, 1);
		}
	}

	private void eject(ServiceHealth service, ServiceInstance instance, InstanceHealth health, CallFailure failure,
			int attempts) {
		long now = this.clock.getAsLong();
		Ejection former = health.ejection();
		if (former == null) {
			if (health.replace(null, new Ejection(failure, attempts, now + backOff(attempts), Instant.now()))) {
				service.changed();
				this.listener.accept(instance.getServiceId(), failure.text());
				logger.warn(
						describe(instance) + " is ejected, this application calls other instances: " + failure.text());
			}
		}
		else if (former.isOver(now)) {
			health.replace(former, former.again(now + backOff(former.attempts() + 1)));
			service.changed();
		}
	}

	private static String describe(ServiceInstance instance) {
		return "Instance " + instance.getHost() + ":" + instance.getPort() + " of service '" + instance.getServiceId()
				+ "'";
	}

	private long backOff(int attempt) {
		double doubled = this.minDuration * Math.pow(2, attempt - 1);
		double jitter = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
		return (long) (Math.min((double) this.maxDuration, doubled) * jitter);
	}

	private @Nullable ServiceHealth of(ServiceInstance instance) {
		String service = instance.getServiceId();
		ServiceHealth health = this.services.get(service);
		if (health != null || !this.knows.test(service)) {
			return health;
		}
		return this.services.computeIfAbsent(service, (key) -> new ServiceHealth());
	}

}
