package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.lease.LeaseSession;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.cloud.client.serviceregistry.AutoServiceRegistration;
import org.springframework.cloud.context.restart.PauseHandler;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Registers this application while it is running, accepts traffic and is healthy, and
 * deregisters it before its web server shuts down. The state may change on any thread; no
 * change waits for etcd.
 */
final class EtcdAutoServiceRegistration implements AutoServiceRegistration, SmartLifecycle, PauseHandler,
		ApplicationListener<AvailabilityChangeEvent<?>> {

	/**
	 * Started after the web servers and stopped before them: graceful shutdown has phase
	 * {@code Integer.MAX_VALUE - 1024}. A literal, as the constant's class is missing in
	 * an application without a web server.
	 */
	static final int PHASE = Integer.MAX_VALUE - 512;

	private static final Log logger = LogFactory.getLog(EtcdAutoServiceRegistration.class);

	private static final Duration DEREGISTRATION_TIMEOUT = Duration.ofSeconds(3);

	/** Maximum time between the start of the web server and readiness. */
	private static final Duration READINESS_TIMEOUT = Duration.ofSeconds(60);

	private static final String NOT_READY = "Not registered in etcd yet: the application does not accept traffic "
			+ READINESS_TIMEOUT.toSeconds()
			+ " s after startup. If an ApplicationRunner or CommandLineRunner does not return, move its work to a"
			+ " separate thread. If the application publishes its readiness state, it must publish"
			+ " ReadinessState.ACCEPTING_TRAFFIC";

	private final EtcdServiceRegistry registry;

	private final EtcdRegistration registration;

	private final RegistrationFactory factory;

	private final RegistrationEventPublisher eventPublisher;

	private final LeaseSession session;

	private final StartupCheck startupCheck;

	private final EtcdDiscoveryProperties properties;

	private final ApplicationContext context;

	private boolean running;

	private boolean registrable;

	private boolean accepting;

	private boolean healthy = true;

	private boolean paused;

	/** Completes when the application accepts traffic for the first time, or stops. */
	private CompletableFuture<Void> ready = new CompletableFuture<>();

	/** Whether startup must still fail if etcd is unavailable. */
	private boolean required;

	/** The current registration, {@code null} if none is requested. */
	private @Nullable CompletableFuture<Void> listed;

	/**
	 * Whether callers may see the instance: from the response to a put until the response
	 * to a delete.
	 */
	private boolean visible;

	private @Nullable Deregistration deregistration;

	EtcdAutoServiceRegistration(EtcdServiceRegistry registry, EtcdRegistration registration,
			RegistrationFactory factory, RegistrationEventPublisher eventPublisher, LeaseSession session,
			EtcdConnection connection, EtcdDiscoveryProperties properties, ApplicationContext context) {
		this.registry = registry;
		this.registration = registration;
		this.factory = factory;
		this.eventPublisher = eventPublisher;
		this.session = session;
		this.startupCheck = new StartupCheck(session, connection);
		this.properties = properties;
		this.context = context;
		this.required = properties.failFast();
		registry.withhold(registration);
	}

	@Override
	public void start() {
		boolean complete = this.factory.complete(this.registration);
		if (!complete) {
			explainMissingPort();
		}
		else {
			this.factory.warnings(this.registration).forEach(this::warn);
			if (this.properties.failFast()) {
				this.startupCheck.awaitLease();
			}
			awaitReadiness();
		}
		synchronized (this) {
			this.running = true;
			this.registrable = complete && !isRegisteredByParent();
		}
		updateRegistration();
	}

	/** Spring Boot provides the port of its embedded web server only. */
	private void explainMissingPort() {
		if (this.context.containsLocalBean("servletContext") && !isTest()) {
			warn("Not registered in etcd: the port of the external servlet container is unknown. Set"
					+ " spring.cloud.etcd.discovery.port");
		}
		else {
			logger.info("Not registered in etcd: there is no web server. To register the application anyway, set"
					+ " spring.cloud.etcd.discovery.port");
		}
	}

	private void warn(String warning) {
		logger.warn(warning);
		this.registry.warn(warning);
	}

	private synchronized void awaitReadiness() {
		if (!this.accepting) {
			this.ready = new CompletableFuture<>();
			this.eventPublisher.awaitReadiness(this.ready, READINESS_TIMEOUT, () -> warn(NOT_READY));
		}
	}

	/** A process with several contexts is registered once, unless each has a port. */
	private boolean isRegisteredByParent() {
		ApplicationContext parent = this.context.getParent();
		return parent != null && parent.getBeanProvider(EtcdAutoServiceRegistration.class)
			.stream()
			.anyMatch(EtcdAutoServiceRegistration::isRegistrable);
	}

	private synchronized boolean isRegistrable() {
		return this.registrable;
	}

	@Override
	public void stop() {
		synchronized (this) {
			if (!this.running) {
				return;
			}
			this.running = false;
			this.ready.complete(null);
		}
		updateRegistration();
		try {
			Deregistration deregistration = deregistration();
			if (deregistration != null && !deregistration.await(DEREGISTRATION_TIMEOUT, drain())) {
				logger.warn("Failed to deregister the instance from etcd in time. Its key expires within "
						+ this.session.status().ttl().toSeconds() + " s");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/** Spring's test framework pauses cached contexts between test classes. */
	private Duration drain() {
		return (isTest() && !this.context.getEnvironment().containsProperty("spring.cloud.etcd.discovery.drain"))
				? Duration.ZERO : this.properties.drain();
	}

	private boolean isTest() {
		return this.context.getEnvironment() instanceof ConfigurableEnvironment environment
				&& environment.getPropertySources().contains("Inlined Test Properties");
	}

	private synchronized @Nullable Deregistration deregistration() {
		return this.deregistration;
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
		boolean accepting = state == ReadinessState.ACCEPTING_TRAFFIC;
		synchronized (this) {
			// a shutdown also starts by refusing traffic, but must not deregister here
			this.accepting = accepting || (this.accepting && !this.properties.deregister());
			if (accepting) {
				this.ready.complete(null);
			}
		}
		updateRegistration();
		if (accepting) {
			this.registry.removeWarning(NOT_READY);
			requireRegistration();
		}
	}

	/** A management context publishes its own readiness when it closes. */
	private boolean isFromOtherContext(Object source) {
		return source instanceof ApplicationContext other && other != this.context;
	}

	private void requireRegistration() {
		CompletableFuture<Void> registered;
		synchronized (this) {
			registered = (this.required) ? this.listed : null;
			this.required = false;
		}
		if (registered != null) {
			this.startupCheck.awaitRegistered(registered, this.properties.ttl());
		}
	}

	/**
	 * Deregister the instance, as requested by the actuator endpoint {@code pause}.
	 */
	@Override
	public void pause() {
		paused(true);
	}

	/**
	 * Register the instance again, as requested by the actuator endpoint {@code resume}.
	 */
	@Override
	public void resume() {
		paused(false);
	}

	private void paused(boolean paused) {
		synchronized (this) {
			this.paused = paused;
		}
		updateRegistration();
	}

	void healthChanged(boolean healthy) {
		synchronized (this) {
			this.healthy = healthy;
		}
		updateRegistration();
	}

	/**
	 * Register or deregister the instance according to the current state. Listeners are
	 * called without a lock, so the state is checked again afterwards.
	 */
	private void updateRegistration() {
		boolean wanted = isWanted();
		if (wanted == isListed()) {
			return;
		}
		if (wanted) {
			this.eventPublisher.registering();
			publish();
		}
		else {
			this.eventPublisher.deregistering();
			withdraw();
			this.eventPublisher.deregistered();
		}
	}

	private synchronized boolean isWanted() {
		return this.running && this.registrable && this.accepting && this.healthy && !this.paused;
	}

	private synchronized boolean isListed() {
		return this.listed != null;
	}

	private synchronized void publish() {
		if (!isWanted() || isListed()) {
			return;
		}
		try {
			CompletableFuture<Void> registered = this.registry.publish(this.registration);
			this.listed = registered;
			CompletableFuture<Void> unused = registered.thenRun(this::registered);
		}
		catch (IllegalArgumentException ex) {
			logger.error("Failed to register the instance: " + ex.getMessage());
		}
	}

	private void registered() {
		synchronized (this) {
			this.visible = true;
		}
		logger.info("Registered in etcd: " + this.registration.getServiceId() + " instance "
				+ this.registration.getInstanceId() + " at " + this.registration.getUri());
		this.eventPublisher.registered();
	}

	private synchronized void withdraw() {
		CompletableFuture<Void> current = this.listed;
		if (isWanted() || current == null) {
			return;
		}
		this.listed = null;
		if (!this.running && !this.properties.deregister()) {
			return;
		}
		boolean called = this.visible || current.isDone();
		CompletableFuture<Void> withdrawn = this.registry.withhold(this.registration);
		CompletableFuture<Void> unused = withdrawn.thenRun(this::withdrawn);
		if (called) {
			this.deregistration = Deregistration.of(withdrawn);
		}
	}

	private synchronized void withdrawn() {
		this.visible = false;
	}

}
