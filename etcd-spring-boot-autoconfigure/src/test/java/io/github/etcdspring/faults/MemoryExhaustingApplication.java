package io.github.etcdspring.faults;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.github.etcdspring.fixture.FollowingApplication;
import io.github.etcdspring.refresh.EtcdConfigurationAppliedEvent;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;

/**
 * An application that allocates all memory of the JVM for a number of seconds, as set by
 * a property.
 */
@Configuration(proxyBeanMethods = false)
@Import(FollowingApplication.class)
public class MemoryExhaustingApplication {

	private static final Log logger = LogFactory.getLog(MemoryExhaustingApplication.class);

	private static final int THREADS = 3;

	public static void main(String[] arguments) {
		SpringApplication.run(MemoryExhaustingApplication.class, arguments);
	}

	@Bean
	Allocator allocator(Environment environment) {
		return new Allocator(environment);
	}

	/**
	 * Starts the threads when the property changes.
	 */
	static final class Allocator {

		private final Environment environment;

		Allocator(Environment environment) {
			this.environment = environment;
		}

		@EventListener
		void allocate(EtcdConfigurationAppliedEvent event) {
			if (event.getKeys().contains("exhaustion.seconds")) {
				int seconds = this.environment.getProperty("exhaustion.seconds", Integer.class, 0);
				List<Thread> threads = new ArrayList<>();
				AtomicInteger errors = new AtomicInteger();
				long end = System.nanoTime() + seconds * 1_000_000_000L;
				for (int i = 0; i < THREADS; i++) {
					Thread thread = new Thread(() -> allocateUntil(end, errors), "request-" + i);
					threads.add(thread);
				}
				threads.forEach(Thread::start);
				new Thread(() -> logEnd(threads, errors), "exhaustion").start();
			}
		}

		private static void allocateUntil(long end, AtomicInteger errors) {
			byte[][] allocated = new byte[100_000][];
			int count = 0;
			while (System.nanoTime() < end) {
				try {
					allocated[count] = new byte[4096];
					count++;
				}
				catch (OutOfMemoryError ex) {
					// kept for a while, so that other threads run out of memory too
					errors.incrementAndGet();
					LockSupport.parkNanos(200_000_000);
					Arrays.fill(allocated, null);
					count = 0;
				}
			}
		}

		private static void logEnd(List<Thread> threads, AtomicInteger errors) {
			for (Thread thread : threads) {
				try {
					thread.join();
				}
				catch (InterruptedException ex) {
					return;
				}
			}
			logger.info("Memory is available again after " + errors + " errors");
		}

	}

}
