package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.cloud.client.discovery.event.InstancePreRegisteredEvent;
import org.springframework.cloud.client.discovery.event.InstanceRegisteredEvent;
import org.springframework.cloud.client.serviceregistry.RegistrationLifecycle;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

/**
 * Tells the application what becomes of its registration, by the events and hooks of
 * Spring Cloud Commons. One that fails disturbs neither the registration nor the others.
 */
final class RegistrationEventPublisher implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(RegistrationEventPublisher.class);

	private final ConfigurableApplicationContext context;

	private final EtcdRegistration registration;

	private final EtcdDiscoveryProperties properties;

	private final List<RegistrationLifecycle<? super EtcdRegistration>> lifecycles;

	/** Listeners may take their time, which the lease has not. */
	private final SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("etcd-registration-");

	RegistrationEventPublisher(ConfigurableApplicationContext context, EtcdRegistration registration,
			EtcdDiscoveryProperties properties, List<RegistrationLifecycle<? super EtcdRegistration>> lifecycles) {
		this.context = context;
		this.registration = registration;
		this.properties = properties;
		this.lifecycles = List.copyOf(lifecycles);
		this.executor.setDaemon(true);
		this.executor.setCancelRemainingTasksOnClose(true);
	}

	/**
	 * The instance is about to be registered. Listeners may still change its metadata.
	 */
	void registering() {
		callEach(RegistrationLifecycle::postProcessBeforeStartRegister);
		publish(new InstancePreRegisteredEvent(this, this.registration));
	}

	/**
	 * The instance has been registered. Returns at once.
	 */
	void registered() {
		this.executor.execute(() -> {
			if (this.context.isActive()) {
				callEach(RegistrationLifecycle::postProcessAfterStartRegister);
				publish(new InstanceRegisteredEvent<>(this, this.properties));
			}
		});
	}

	/**
	 * Call back if the application does not become ready. Returns at once.
	 * @param ready completes when it is ready or stops
	 * @param timeout how long that may take
	 * @param late what to do after that time
	 */
	void awaitReadiness(CompletableFuture<Void> ready, Duration timeout, Runnable onTimeout) {
		this.executor.execute(() -> {
			try {
				ready.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
			}
			catch (TimeoutException ex) {
				onTimeout.run();
			}
			catch (ExecutionException ex) {
				throw new IllegalStateException(ex);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
	}

	/**
	 * The instance is about to be taken out.
	 */
	void deregistering() {
		callEach(RegistrationLifecycle::postProcessBeforeStopRegister);
	}

	/**
	 * The instance is on its way out.
	 */
	void deregistered() {
		callEach(RegistrationLifecycle::postProcessAfterStopRegister);
	}

	private void callEach(BiConsumer<RegistrationLifecycle<? super EtcdRegistration>, EtcdRegistration> hook) {
		this.lifecycles.forEach((lifecycle) -> logFailure(() -> hook.accept(lifecycle, this.registration)));
	}

	private void publish(ApplicationEvent event) {
		logFailure(() -> this.context.publishEvent(event));
	}

	private static void logFailure(Runnable listener) {
		try {
			listener.run();
		}
		catch (RuntimeException ex) {
			logger.error("A listener for the registration in etcd failed", ex);
		}
	}

	@Override
	public void close() {
		this.executor.close();
	}

}
