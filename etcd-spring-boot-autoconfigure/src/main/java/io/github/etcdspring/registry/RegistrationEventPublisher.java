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
 * Publishes the events of a registration and calls its hooks, as defined by Spring Cloud
 * Commons. A failing listener affects neither the registration nor other listeners.
 */
final class RegistrationEventPublisher implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(RegistrationEventPublisher.class);

	private final ConfigurableApplicationContext context;

	private final EtcdRegistration registration;

	private final EtcdDiscoveryProperties properties;

	private final List<RegistrationLifecycle<? super EtcdRegistration>> lifecycles;

	/** Slow listeners must not block the thread of the lease. */
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
	 * Publish that the instance is about to be registered. Listeners may change its
	 * metadata.
	 */
	void registering() {
		callEach(RegistrationLifecycle::postProcessBeforeStartRegister);
		publish(new InstancePreRegisteredEvent(this, this.registration));
	}

	/**
	 * Publish that the instance has been registered, on another thread.
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
	 * Wait for the readiness of the application, on another thread.
	 * @param ready completes when it is ready or stops
	 * @param timeout the maximum time to wait
	 * @param onTimeout called after that time
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
	 * Publish that the instance is about to be deregistered.
	 */
	void deregistering() {
		callEach(RegistrationLifecycle::postProcessBeforeStopRegister);
	}

	/**
	 * Publish that the deregistration has started.
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
