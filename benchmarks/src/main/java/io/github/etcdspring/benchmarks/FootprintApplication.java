package io.github.etcdspring.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Locale;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * The process whose footprint is measured.
 */
public final class FootprintApplication {

	private FootprintApplication() {
	}

	public static void main(String[] arguments) throws InterruptedException {
		long jvmStarted = ManagementFactory.getRuntimeMXBean().getStartTime();
		try (ConfigurableApplicationContext context = Application.run(arguments[0], "footprint")) {
			double seconds = (System.currentTimeMillis() - jvmStarted) / 1000.0;
			// threads that only start-up needed end
			Thread.sleep(3000);
			for (int i = 0; i < 3; i++) {
				System.gc();
				Thread.sleep(200);
			}
			int threads = ManagementFactory.getThreadMXBean().getThreadCount();
			double heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1048576.0;
			System.out.printf(Locale.ROOT, "FOOTPRINT %.3f %d %.3f%n", seconds, threads, heap);
			context.stop();
		}
	}

}
