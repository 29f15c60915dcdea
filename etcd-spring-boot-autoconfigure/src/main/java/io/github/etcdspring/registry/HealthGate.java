package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Checks the health of the application periodically and reports a change after several
 * consecutive equal results. The application counts as down until the first result, and
 * while a check times out.
 */
final class HealthGate implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(HealthGate.class);

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

	private final BooleanSupplier health;

	private final EtcdDiscoveryProperties.Health properties;

	private final Consumer<Boolean> listener;

	private volatile boolean running;

	private @Nullable Thread thread;

	HealthGate(BooleanSupplier health, EtcdDiscoveryProperties.Health properties, Consumer<Boolean> listener) {
		this.health = health;
		this.properties = properties;
		this.listener = listener;
		require(properties.interval().toMillis() > 0, "interval", properties.interval());
		require(properties.timeout().toMillis() > 0, "timeout", properties.timeout());
		require(properties.debounce() > 0, "debounce", properties.debounce());
	}

	private static void require(boolean condition, String property, Object value) {
		if (!condition) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.discovery.health." + property,
					value, "Must be greater than zero.");
		}
	}

	@Override
	public synchronized void start() {
		this.listener.accept(false);
		this.running = true;
		Thread checker = new Thread(this::run, "etcd-registration-health");
		checker.setDaemon(true);
		checker.start();
		this.thread = checker;
	}

	@Override
	public synchronized void stop() {
		this.running = false;
		if (this.thread != null) {
			this.thread.interrupt();
			try {
				this.thread.join(CLOSE_TIMEOUT.toMillis());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/**
	 * Starts before the registration, which must not see the application as healthy yet.
	 */
	@Override
	public int getPhase() {
		return EtcdAutoServiceRegistration.PHASE - 1;
	}

	private void run() {
		CustomizableThreadFactory threads = new CustomizableThreadFactory("etcd-registration-health-check-");
		threads.setDaemon(true);
		ExecutorService executor = Executors.newSingleThreadExecutor(threads);
		try {
			Boolean reported = null;
			int differing = 0;
			CompletableFuture<Boolean> check = null;
			while (this.running) {
				check = (check == null || check.isDone())
						? CompletableFuture.supplyAsync(this.health::getAsBoolean, executor) : check;
				boolean up = isUp(check);
				differing = (reported != null && up == reported) ? 0 : differing + 1;
				if (reported == null || differing >= this.properties.debounce()) {
					if (reported == null || up != reported) {
						logger.info("Health group " + this.properties.group() + " is " + ((up) ? "up" : "down")
								+ ", updating the registration in etcd");
						this.listener.accept(up);
					}
					reported = up;
					differing = 0;
				}
				TimeUnit.MILLISECONDS.sleep(this.properties.interval().toMillis());
			}
		}
		catch (InterruptedException ex) {
			// stopped
		}
		finally {
			executor.shutdownNow();
		}
	}

	private boolean isUp(CompletableFuture<Boolean> check) throws InterruptedException {
		try {
			return check.get(this.properties.timeout().toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (ExecutionException | TimeoutException ex) {
			return false;
		}
	}

}
