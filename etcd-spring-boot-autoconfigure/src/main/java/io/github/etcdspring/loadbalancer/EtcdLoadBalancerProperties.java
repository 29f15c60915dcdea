package io.github.etcdspring.loadbalancer;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Calls to instances of services in etcd.
 *
 * @param ejection Ejection of instances that cannot be reached.
 * @param massExpiry Instances that vanish from etcd at once, without a graceful shutdown.
 * @param retry Retry of calls that never reached an instance.
 * @param slowStart Growing share of calls for new instances.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.loadbalancer")
public record EtcdLoadBalancerProperties(@DefaultValue Ejection ejection, @DefaultValue MassExpiry massExpiry,
		@DefaultValue Retry retry, @DefaultValue SlowStart slowStart) {

	/**
	 * Ejection of instances that cannot be reached.
	 *
	 * @param enabled Whether this application stops calling an instance that cannot be
	 * reached.
	 * @param minDuration Time after the first failure until the instance is tried again.
	 * Doubles with each further failure.
	 * @param maxDuration Maximum time between two attempts to call an ejected instance.
	 * @param readTimeouts Number of read timeouts in a row after which an instance is
	 * ejected.
	 * @param unansweredAfter Time without an answer to a pending call after which other
	 * instances are preferred. Zero disables it.
	 */
	public record Ejection(@DefaultValue("true") boolean enabled, @DefaultValue("1s") Duration minDuration,
			@DefaultValue("30s") Duration maxDuration, @DefaultValue("3") int readTimeouts,
			@DefaultValue("250ms") Duration unansweredAfter) {

	}

	/**
	 * Instances that vanish from etcd at once, without a graceful shutdown.
	 *
	 * @param threshold Share of a service's instances, at least three, that have to
	 * vanish within the TTL to be called as a last resort.
	 * @param duration Time for which vanished instances are called as a last resort. Zero
	 * disables it.
	 */
	public record MassExpiry(@DefaultValue("0.5") double threshold, @DefaultValue("60s") Duration duration) {

	}

	/**
	 * Retry of calls that never reached an instance.
	 *
	 * @param enabled Whether a call whose connection could not be opened is made again at
	 * another instance. Disabled if resilience4j.retry is configured, unless set.
	 * @param idempotentMethods Whether a call with an idempotent method is also made
	 * again if the connection was lost before an answer, and once after a read timeout.
	 */
	public record Retry(@DefaultValue("true") boolean enabled, @DefaultValue("false") boolean idempotentMethods) {

	}

	/**
	 * Growing share of calls for new instances.
	 *
	 * @param duration Time for which the share of calls of a new instance grows, from
	 * none to its full share. Zero disables it.
	 */
	public record SlowStart(@DefaultValue("2s") Duration duration) {

	}

}
