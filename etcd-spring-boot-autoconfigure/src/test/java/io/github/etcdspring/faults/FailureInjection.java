package io.github.etcdspring.faults;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.etcdspring.refresh.EtcdConfigurationAppliedEvent;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;

/**
 * Listeners and beans that fail or block on demand.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(FailureInjection.Bound.class)
class FailureInjection {

	static volatile Location location = Location.NONE;

	static volatile Behavior behavior = Behavior.THROWS;

	static final AtomicInteger calls = new AtomicInteger();

	static void failAt(Location here) {
		if (here == location) {
			calls.incrementAndGet();
			switch (behavior) {
				case THROWS -> throw new IllegalStateException("failing");
				case THROWS_ERROR -> throw new AssertionError("failing");
				case BLOCKS -> block();
			}
		}
	}

	private static void block() {
		try {
			boolean unused = new CountDownLatch(1).await(3, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@EventListener
	void applied(EtcdConfigurationAppliedEvent event) {
		failAt(Location.APPLIED_LISTENER);
	}

	@EventListener
	void heartbeat(HeartbeatEvent event) {
		failAt(Location.HEARTBEAT_LISTENER);
	}

	@Bean
	@RefreshScope
	Scoped scoped(Environment environment) {
		failAt(Location.SCOPED_BEAN);
		return new Scoped(environment.getProperty("failing.number", Integer.class, 0));
	}

	/**
	 * Where the failure occurs.
	 */
	enum Location {

		NONE, APPLIED_LISTENER, HEARTBEAT_LISTENER, SCOPED_BEAN, SETTER

	}

	/**
	 * Kind of failure.
	 */
	enum Behavior {

		THROWS, THROWS_ERROR, BLOCKS

	}

	/**
	 * Recreated with each change.
	 */
	static class Scoped {

		private final int number;

		Scoped() {
			this(0);
		}

		Scoped(int number) {
			this.number = number;
		}

		int number() {
			return this.number;
		}

	}

	/**
	 * Updated by its setter.
	 */
	@ConfigurationProperties("failing")
	static class Bound {

		private int number;

		int getNumber() {
			return this.number;
		}

		void setNumber(int number) {
			failAt(Location.SETTER);
			this.number = number;
		}

	}

}
