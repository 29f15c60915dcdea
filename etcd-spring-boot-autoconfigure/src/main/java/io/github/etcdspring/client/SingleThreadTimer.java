package io.github.etcdspring.client;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Timer with one daemon thread, which exists only while there is something to do. Tasks
 * are discarded after {@link #shutdownNow()}.
 */
public final class SingleThreadTimer extends ScheduledThreadPoolExecutor {

	/**
	 * Create a timer without a thread.
	 * @param threadNamePrefix prefix of the names of its threads
	 * @param idleTime time without tasks after which the thread ends
	 */
	public SingleThreadTimer(String threadNamePrefix, Duration idleTime) {
		super(1, daemons(threadNamePrefix), new ThreadPoolExecutor.DiscardPolicy());
		setKeepAliveTime(idleTime.toMillis(), TimeUnit.MILLISECONDS);
		allowCoreThreadTimeOut(true);
		setRemoveOnCancelPolicy(true);
	}

	private static CustomizableThreadFactory daemons(String prefix) {
		CustomizableThreadFactory threads = new CustomizableThreadFactory(prefix);
		threads.setDaemon(true);
		return threads;
	}

}
