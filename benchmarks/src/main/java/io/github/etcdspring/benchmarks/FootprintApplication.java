package io.github.etcdspring.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;

import javax.management.JMException;
import javax.management.ObjectName;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * The process whose footprint is measured.
 */
public final class FootprintApplication {

	private FootprintApplication() {
	}

	public static void main(String[] arguments) throws Exception {
		long jvmStarted = ManagementFactory.getRuntimeMXBean().getStartTime();
		try (ConfigurableApplicationContext context = Application.run(arguments[0], "footprint",
				Arrays.copyOfRange(arguments, 1, arguments.length))) {
			if (Boolean.getBoolean("footprint.client")) {
				RawClient.use(arguments[0]);
			}
			double seconds = (System.currentTimeMillis() - jvmStarted) / 1000.0;
			Thread.sleep(Long.getLong("footprint.rest", 3) * 1000);
			int threads = ManagementFactory.getThreadMXBean().getThreadCount();
			double heap = liveBytes() / 1048576.0;
			System.out.printf(Locale.ROOT, "FOOTPRINT %.3f %d %.3f%n", seconds, threads, heap);
			context.stop();
		}
		// a bare client is not closed
		System.exit(0);
	}

	/**
	 * What is in use after a collection would count gaps that the collector leaves too.
	 */
	private static long liveBytes() throws JMException {
		String histogram = (String) ManagementFactory.getPlatformMBeanServer()
			.invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
					new Object[] { new String[0] }, new String[] { String[].class.getName() });
		String total = histogram.lines().filter((line) -> line.startsWith("Total")).findFirst().orElseThrow();
		return Long.parseLong(total.trim().split("\\s+", -1)[2]);
	}

}
