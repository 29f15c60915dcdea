package io.github.etcdspring.benchmarks.load;

import java.lang.management.ManagementFactory;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;

/**
 * Resource usage of this process since its start.
 *
 * @param nanos monotonic time
 * @param cpuNanos CPU time
 * @param bytes bytes allocated by live threads
 */
record ResourceUsage(long nanos, long cpuNanos, long bytes) {

	static ResourceUsage now() {
		OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long bytes = 0;
		for (long allocated : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
			bytes += Math.max(0, allocated);
		}
		return new ResourceUsage(System.nanoTime(), system.getProcessCpuTime(), bytes);
	}

	ResourceUsage since(ResourceUsage before) {
		return new ResourceUsage(this.nanos - before.nanos, this.cpuNanos - before.cpuNanos, this.bytes - before.bytes);
	}

	/**
	 * Return the used heap after garbage collections, in bytes.
	 */
	static long liveHeap() throws InterruptedException {
		for (int i = 0; i < 3; i++) {
			System.gc();
			Thread.sleep(200);
		}
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

	/**
	 * Return the time since the start of the JVM.
	 */
	static double secondsSinceStart() {
		return (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime()) / 1000.0;
	}

}
