package io.github.etcdspring.benchmarks.load;

import java.lang.management.ManagementFactory;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;

/**
 * What this process has used since it was started.
 *
 * @param nanos the time by the monotonic clock
 * @param cpuNanos time of all processors
 * @param bytes allocated by the threads that live
 */
record Usage(long nanos, long cpuNanos, long bytes) {

	static Usage now() {
		OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long bytes = 0;
		for (long allocated : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
			bytes += Math.max(0, allocated);
		}
		return new Usage(System.nanoTime(), system.getProcessCpuTime(), bytes);
	}

	Usage since(Usage before) {
		return new Usage(this.nanos - before.nanos, this.cpuNanos - before.cpuNanos, this.bytes - before.bytes);
	}

	/**
	 * Bytes on the heap that are in use after garbage collections.
	 */
	static long liveHeap() throws InterruptedException {
		for (int i = 0; i < 3; i++) {
			System.gc();
			Thread.sleep(200);
		}
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

	/**
	 * Time since the virtual machine was started.
	 */
	static double secondsSinceStart() {
		return (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime()) / 1000.0;
	}

}
