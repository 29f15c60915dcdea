package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.lease.LeaseSession;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.cloud.client.discovery.event.InstancePreRegisteredEvent;
import org.springframework.cloud.client.discovery.event.InstanceRegisteredEvent;
import org.springframework.cloud.client.serviceregistry.AutoServiceRegistration;
import org.springframework.cloud.client.serviceregistry.RegistrationLifecycle;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

/**
 * Registers this application while it runs, accepts traffic and is healthy, and takes it
 * out before its web server begins to refuse requests.
 */
final class EtcdAutoServiceRegistration
		implements AutoServiceRegistration, SmartLifecycle, ApplicationListener<AvailabilityChangeEvent<?>> {

	/**
	 * Started after the web servers and stopped before them: graceful shutdown has phase
	 * {@code Integer.MAX_VALUE - 1024}. As a number, since an application without a web
	 * server has no class that knows it.
	 */
	static final int PHASE = Integer.MAX_VALUE - 512;

	private static final Log logger = LogFactory.getLog(EtcdAutoServiceRegistration.class);

	private static final Duration GLANCE = Duration.ofMillis(100);

	private static final Duration MOST_FOR_REMOVAL = Duration.ofSeconds(3);

	private final EtcdServiceRegistry registry;

	private final EtcdRegistration registration;

	private final RegistrationFactory factory;

	private final LeaseSession session;

	private final EtcdConnection connection;

	private final EtcdDiscoveryProperties properties;

	private final boolean registerManagement;

	private final List<RegistrationLifecycle<EtcdRegistration>> lifecycles;

	private final ApplicationContext context;

	/** Listeners to registration events may take their time, which the lease has not. */
	private final SimpleAsyncTaskExecutor events = new SimpleAsyncTaskExecutor("etcd-registration-");

	private boolean running;

	private boolean registrable;

	private boolean accepting;

	private boolean healthy = true;

	/** The registration asked for and not withdrawn since. */
	private @Nullable CompletableFuture<Void> listed;

	private @Nullable Removal removal;

	EtcdAutoServiceRegistration(EtcdServiceRegistry registry, EtcdRegistration registration,
			RegistrationFactory factory, LeaseSession session, EtcdConnection connection,
			EtcdDiscoveryProperties properties, boolean registerManagement,
			List<RegistrationLifecycle<EtcdRegistration>> lifecycles, ApplicationContext context) {
		this.registry = registry;
		this.registration = registration;
		this.factory = factory;
		this.session = session;
		this.connection = connection;
		this.properties = properties;
		this.registerManagement = registerManagement;
		this.lifecycles = List.copyOf(lifecycles);
		this.context = context;
		this.events.setDaemon(true);
	}

	@Override
	public void start() {
		boolean complete = this.factory.complete(this.registration, this.registerManagement);
		if (!complete) {
			logger.info("Not registered in etcd: there is no web server. To register all the same, set"
					+ " spring.cloud.etcd.discovery.port");
		}
		else {
			if (this.properties.failFast()) {
				requireLease();
			}
			this.lifecycles.forEach((lifecycle) -> lifecycle.postProcessBeforeStartRegister(this.registration));
			this.context.publishEvent(new InstancePreRegisteredEvent(this, this.registration));
		}
		synchronized (this) {
			this.running = true;
			this.registrable = complete;
			follow();
		}
	}

	private void requireLease() {
		this.session.start();
		require(this.connection.startupTimeout(), this.session::awaitLease);
	}

	/**
	 * Wait as long as waiting may help.
	 */
	private void require(Duration patience, Wait wait) {
		long limit = System.nanoTime() + patience.toNanos();
		try {
			while (!wait.await(GLANCE)) {
				EtcdProblem problem = this.session.status().problem();
				if (System.nanoTime() - limit > 0 || (problem != null && problem.needsOperator())) {
					throw new EtcdUnavailableException(
							"The application could not be registered in etcd, and"
									+ " spring.cloud.etcd.discovery.fail-fast is set.",
							(problem != null) ? problem.text() : "There was no answer within " + patience + ".");
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void stop() {
		Removal last;
		synchronized (this) {
			if (!this.running) {
				return;
			}
			this.running = false;
			follow();
			last = this.removal;
		}
		this.lifecycles.forEach((lifecycle) -> lifecycle.postProcessBeforeStopRegister(this.registration));
		try {
			if (last != null && !last.await(MOST_FOR_REMOVAL, this.properties.drain())) {
				logger.warn("The instance could not be taken out of etcd in time. It disappears within "
						+ this.session.status().ttl().toSeconds() + " s");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.lifecycles.forEach((lifecycle) -> lifecycle.postProcessAfterStopRegister(this.registration));
	}

	@Override
	public synchronized boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	@Override
	public void onApplicationEvent(AvailabilityChangeEvent<?> event) {
		if (!(event.getState() instanceof ReadinessState state) || isFromOtherContext(event.getSource())) {
			return;
		}
		CompletableFuture<Void> registered;
		synchronized (this) {
			this.accepting = state == ReadinessState.ACCEPTING_TRAFFIC;
			follow();
			registered = this.listed;
		}
		if (registered != null && this.properties.failFast()) {
			requireRegistered(registered);
		}
	}

	/** A management context closes with a readiness of its own. */
	private boolean isFromOtherContext(Object source) {
		return source instanceof ApplicationContext other && other != this.context;
	}

	/**
	 * The key of a killed predecessor with the same instance id stays for its time to
	 * live.
	 */
	private void requireRegistered(CompletableFuture<Void> registered) {
		require(this.properties.ttl().plus(this.connection.startupTimeout()), (glance) -> {
			try {
				registered.get(glance.toMillis(), TimeUnit.MILLISECONDS);
				return true;
			}
			catch (TimeoutException ex) {
				return false;
			}
			catch (ExecutionException | CancellationException ex) {
				// taken out again
				return true;
			}
		});
	}

	synchronized void healthChanged(boolean healthy) {
		if (this.healthy != healthy) {
			this.healthy = healthy;
			follow();
		}
	}

	/** Bring the registration in line with the state. */
	private void follow() {
		boolean wanted = this.running && this.registrable && this.accepting && this.healthy;
		CompletableFuture<Void> current = this.listed;
		if (wanted && current == null) {
			CompletableFuture<Void> registered = this.registry.publish(this.registration);
			this.listed = registered;
			CompletableFuture<Void> unused = registered.thenRun(() -> this.events.execute(this::registered));
		}
		else if (!wanted && current != null && (this.running || this.properties.deregister())) {
			CompletableFuture<Void> withdrawn = this.registry.withdraw(this.registration);
			this.listed = null;
			// what etcd never had, nobody calls
			this.removal = (current.isDone()) ? Removal.of(withdrawn) : null;
		}
	}

	private void registered() {
		logger.info("Registered in etcd: " + this.registration.getServiceId() + " instance "
				+ this.registration.getInstanceId() + " at " + this.registration.getUri());
		if (((ConfigurableApplicationContext) this.context).isActive()) {
			this.lifecycles.forEach((lifecycle) -> lifecycle.postProcessAfterStartRegister(this.registration));
			this.context.publishEvent(new InstanceRegisteredEvent<>(this, this.properties));
		}
	}

	/**
	 * Waits for something.
	 */
	@FunctionalInterface
	private interface Wait {

		boolean await(Duration timeout) throws InterruptedException;

	}

}
