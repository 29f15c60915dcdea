package io.github.etcdspring.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;

import javax.management.JMException;
import javax.management.ObjectName;

import com.sun.management.OperatingSystemMXBean;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Application process whose start-up time, classes, threads and heap are measured. It
 * uses Spring Boot alone unless {@code footprint.client} is set, so that the applications
 * with other registries are this one as well.
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
			double processorSeconds = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
				.getProcessCpuTime() / 1e9;
			Thread.sleep(Long.getLong("footprint.rest", 3) * 1000);
			int classes = ManagementFactory.getClassLoadingMXBean().getLoadedClassCount();
			int threads = ManagementFactory.getThreadMXBean().getThreadCount();
			double heap = liveBytes() / 1048576.0;
			System.out.printf(Locale.ROOT, "FOOTPRINT %.3f %.3f %d %d %.3f%n", seconds, processorSeconds, classes,
					threads, heap);
			// until the benchmark closes the input: a deregistration would wake up other
			// applications while they rest
			byte[] unused = System.in.readAllBytes();
			context.stop();
		}
		// the raw client is never closed
		System.exit(0);
	}

	/**
	 * Return the live bytes of the class histogram. The heap usage after a garbage
	 * collection would include gaps left by the collector.
	 */
	private static long liveBytes() throws JMException {
		String histogram = (String) ManagementFactory.getPlatformMBeanServer()
			.invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
					new Object[] { new String[0] }, new String[] { String[].class.getName() });
		String total = histogram.lines().filter((line) -> line.startsWith("Total")).findFirst().orElseThrow();
		return Long.parseLong(total.trim().split("\\s+", -1)[2]);
	}

}
