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
 * An application whose threads take all memory that there is for as many seconds as its
 * configuration says.
 */
@Configuration(proxyBeanMethods = false)
@Import(FollowingApplication.class)
public class ApplicationHunger {

	private static final Log logger = LogFactory.getLog(ApplicationHunger.class);

	private static final int THREADS = 3;

	public static void main(String[] arguments) {
		SpringApplication.run(ApplicationHunger.class, arguments);
	}

	@Bean
	Eater eater(Environment environment) {
		return new Eater(environment);
	}

	/**
	 * Starts the threads when the configuration says so.
	 */
	static final class Eater {

		private final Environment environment;

		Eater(Environment environment) {
			this.environment = environment;
		}

		@EventListener
		void eat(EtcdConfigurationAppliedEvent event) {
			if (event.getKeys().contains("hunger.seconds")) {
				int seconds = this.environment.getProperty("hunger.seconds", Integer.class, 0);
				List<Thread> threads = new ArrayList<>();
				AtomicInteger errors = new AtomicInteger();
				long end = System.nanoTime() + seconds * 1_000_000_000L;
				for (int i = 0; i < THREADS; i++) {
					Thread thread = new Thread(() -> eatUntil(end, errors), "request-" + i);
					threads.add(thread);
				}
				threads.forEach(Thread::start);
				new Thread(() -> tell(threads, errors), "hunger").start();
			}
		}

		private static void eatUntil(long end, AtomicInteger errors) {
			byte[][] eaten = new byte[100_000][];
			int bites = 0;
			while (System.nanoTime() < end) {
				try {
					eaten[bites] = new byte[4096];
					bites++;
				}
				catch (OutOfMemoryError ex) {
					// kept for a while, so that others find none either
					errors.incrementAndGet();
					LockSupport.parkNanos(200_000_000);
					Arrays.fill(eaten, null);
					bites = 0;
				}
			}
		}

		private static void tell(List<Thread> threads, AtomicInteger errors) {
			for (Thread thread : threads) {
				try {
					thread.join();
				}
				catch (InterruptedException ex) {
					return;
				}
			}
			logger.info("Hunger is over after " + errors + " errors");
		}

	}

}
