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
 * Parts of an application that fail or take their time as they are told to.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ApplicationMischief.Bound.class)
class ApplicationMischief {

	static volatile Place place = Place.NOWHERE;

	static volatile Manner manner = Manner.THROWS;

	static final AtomicInteger incidents = new AtomicInteger();

	static void mayHappen(Place here) {
		if (here == place) {
			incidents.incrementAndGet();
			switch (manner) {
				case THROWS -> throw new IllegalStateException("mischief");
				case THROWS_ERROR -> throw new AssertionError("mischief");
				case TAKES_LONG -> takeLong();
			}
		}
	}

	private static void takeLong() {
		try {
			boolean unused = new CountDownLatch(1).await(3, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@EventListener
	void applied(EtcdConfigurationAppliedEvent event) {
		mayHappen(Place.APPLIED_LISTENER);
	}

	@EventListener
	void heartbeat(HeartbeatEvent event) {
		mayHappen(Place.HEARTBEAT_LISTENER);
	}

	@Bean
	@RefreshScope
	Scoped scoped(Environment environment) {
		mayHappen(Place.SCOPED_BEAN);
		return new Scoped(environment.getProperty("mischief.number", Integer.class, 0));
	}

	/**
	 * Where it happens.
	 */
	enum Place {

		NOWHERE, APPLIED_LISTENER, HEARTBEAT_LISTENER, SCOPED_BEAN, SETTER

	}

	/**
	 * What happens.
	 */
	enum Manner {

		THROWS, THROWS_ERROR, TAKES_LONG

	}

	/**
	 * Made anew.
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
	 * Bound by its setter.
	 */
	@ConfigurationProperties("mischief")
	static class Bound {

		private int number;

		int getNumber() {
			return this.number;
		}

		void setNumber(int number) {
			mayHappen(Place.SETTER);
			this.number = number;
		}

	}

}
