package io.github.etcdspring.registry;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.registry.RegistrationStatus.State;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.serviceregistry.ServiceRegistry;

/**
 * {@link ServiceRegistry} that stores instances in etcd, attached to the lease of this
 * application. Except for {@link #close()}, no method waits for etcd. A registration is
 * written as soon as etcd is available, and written again if its key is lost.
 * Thread-safe.
 *
 * @since 0.1.0
 */
public final class EtcdServiceRegistry implements ServiceRegistry<EtcdRegistration> {

	/**
	 * Each instance is sent to all clients. etcd refuses requests of 1.5 MiB by default.
	 */
	private static final int MAX_BYTES = 1024 * 1024;

	private static final Duration DEREGISTRATION_TIMEOUT = Duration.ofSeconds(1);

	private static final Set<String> STATUSES = Set.of(EtcdServiceInstance.UP, "DOWN",
			EtcdServiceInstance.OUT_OF_SERVICE, "UNKNOWN");

	private final LeaseSession session;

	private final InstanceKeys keys;

	private final OwnOverrides overrides;

	private final boolean deregister;

	private final Map<String, EtcdServiceInstance> registered = new TreeMap<>();

	/** Automatic registrations that are currently not to be registered. */
	private final Set<EtcdRegistration> withheld = Collections.newSetFromMap(new IdentityHashMap<>());

	private final Set<String> warnings = new CopyOnWriteArraySet<>();

	EtcdServiceRegistry(LeaseSession session, InstanceKeys keys, OwnOverrides overrides, boolean deregister) {
		this.session = session;
		this.keys = keys;
		this.overrides = overrides;
		this.deregister = deregister;
	}

	/**
	 * Register an instance, or write its changed status and metadata. The instance that
	 * is registered automatically is written only while it accepts traffic and is
	 * healthy.
	 * @param registration the registration
	 * @throws IllegalArgumentException if it has no port or exceeds 1 MiB
	 */
	@Override
	public synchronized void register(@Nullable EtcdRegistration registration) {
		EtcdServiceInstance instance = Objects.requireNonNull(registration).getInstance();
		String value = write(instance);
		if (!this.withheld.contains(registration)) {
			CompletableFuture<Void> unused = put(instance, value);
		}
	}

	/**
	 * Register an instance, also if it was withheld.
	 * @param registration the registration
	 * @return completes on the thread of the lease when the instance is in etcd
	 */
	synchronized CompletableFuture<Void> publish(EtcdRegistration registration) {
		EtcdServiceInstance instance = registration.getInstance();
		CompletableFuture<Void> published = put(instance, write(instance));
		this.withheld.remove(registration);
		return published;
	}

	private CompletableFuture<Void> put(EtcdServiceInstance instance, String value) {
		if (instance.port() == 0) {
			throw new IllegalArgumentException(
					"Instance " + truncate(instance.instanceId()) + " cannot be registered without a port");
		}
		String key = key(instance);
		this.registered.put(key, instance);
		CompletableFuture<Void> written = this.session.put(key, value);
		this.overrides.follow(instance, written);
		return written;
	}

	static String write(EtcdServiceInstance instance) {
		String value = InstanceFormat.write(instance);
		int size = value.getBytes(StandardCharsets.UTF_8).length;
		if (size > MAX_BYTES) {
			throw new IllegalArgumentException("Instance " + truncate(instance.instanceId()) + " is too large: " + size
					+ " bytes including metadata, the maximum is " + MAX_BYTES);
		}
		return value;
	}

	private static String truncate(String text) {
		return (text.length() <= 100) ? text : text.substring(0, 100) + "...";
	}

	@Override
	public synchronized void deregister(@Nullable EtcdRegistration registration) {
		CompletableFuture<Void> unused = withdraw(Objects.requireNonNull(registration));
		this.overrides.discard(registration.getInstance());
	}

	/**
	 * Deregister an instance until it is published again.
	 * @param registration the registration
	 * @return completes on the thread of the lease when the instance is no longer in etcd
	 */
	synchronized CompletableFuture<Void> withhold(EtcdRegistration registration) {
		this.withheld.add(registration);
		return withdraw(registration);
	}

	private CompletableFuture<Void> withdraw(EtcdRegistration registration) {
		String key = key(registration.getInstance());
		EtcdServiceInstance instance = this.registered.remove(key);
		return (instance != null) ? remove(key, instance) : CompletableFuture.completedFuture(null);
	}

	/** The last status tells callers that the instance did not crash. */
	private CompletableFuture<Void> remove(String key, EtcdServiceInstance instance) {
		return this.session.remove(key, InstanceFormat.write(instance.withStatus(EtcdServiceInstance.OUT_OF_SERVICE)));
	}

	/**
	 * Change the status of an instance. Only instances with status {@code UP} are called.
	 * @param registration the registration
	 * @param status one of {@code UP}, {@code DOWN}, {@code OUT_OF_SERVICE} and
	 * {@code UNKNOWN}, case-insensitive
	 * @throws IllegalArgumentException if it is none of them
	 */
	@Override
	public synchronized void setStatus(EtcdRegistration registration, String status) {
		String name = status.trim().toUpperCase(Locale.ROOT);
		if (!STATUSES.contains(name)) {
			throw new IllegalArgumentException("Status must be one of " + STATUSES);
		}
		registration.update((instance) -> instance.withStatus(name));
		if (this.registered.containsKey(key(registration.getInstance()))) {
			register(registration);
		}
	}

	/**
	 * Return the status of an instance.
	 * @param registration the registration
	 * @return the status, {@code OUT_OF_SERVICE} while it is not registered
	 */
	@Override
	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	public synchronized <T> T getStatus(EtcdRegistration registration) {
		EtcdServiceInstance instance = registration.getInstance();
		return (T) (this.registered.containsKey(key(instance)) ? instance.status()
				: EtcdServiceInstance.OUT_OF_SERVICE);
	}

	void warn(String warning) {
		this.warnings.add(warning);
	}

	void removeWarning(String warning) {
		this.warnings.remove(warning);
	}

	/**
	 * Return warnings about problems that prevent the registration of this application or
	 * calls to it.
	 * @return the warnings, each with a remedy
	 */
	public List<String> warnings() {
		return List.copyOf(this.warnings);
	}

	/**
	 * Return all instances that this application has registered or is about to register.
	 * @return the status of each instance
	 */
	public synchronized List<RegistrationStatus> registrations() {
		List<RegistrationStatus> statuses = new ArrayList<>();
		this.registered.forEach((key, instance) -> {
			Instant since = this.session.heldSince(key);
			statuses.add(status(key, instance, (since != null) ? State.REGISTERED : State.REGISTERING, since));
		});
		for (EtcdRegistration registration : this.withheld) {
			EtcdServiceInstance instance = registration.getInstance();
			String key = key(instance);
			if (!this.registered.containsKey(key)) {
				statuses.add(status(key, instance, State.WITHHELD, null));
			}
		}
		return List.copyOf(statuses);
	}

	private RegistrationStatus status(String key, EtcdServiceInstance instance, State state, @Nullable Instant since) {
		return new RegistrationStatus(instance.serviceId(), instance.instanceId(), key, instance.status(), state, since,
				this.overrides.of(instance));
	}

	/**
	 * Deregister all instances and revoke the lease. Blocks for a few seconds if etcd
	 * does not answer.
	 */
	@Override
	public void close() {
		if (this.deregister) {
			deregisterAll();
			this.session.close();
		}
		else {
			this.session.abandon();
		}
	}

	private void deregisterAll() {
		CompletableFuture<Void> removed;
		synchronized (this) {
			removed = CompletableFuture.allOf(this.registered.entrySet()
				.stream()
				.map((entry) -> remove(entry.getKey(), entry.getValue()))
				.toArray(CompletableFuture[]::new));
			this.registered.clear();
		}
		try {
			removed.get(DEREGISTRATION_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | CancellationException | TimeoutException ex) {
			// deleted with the lease
		}
	}

	private String key(EtcdServiceInstance instance) {
		return this.keys.key(instance.serviceId(), instance.instanceId());
	}

}
