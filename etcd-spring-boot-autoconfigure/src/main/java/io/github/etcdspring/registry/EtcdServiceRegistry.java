package io.github.etcdspring.registry;

import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArraySet;

import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.registry.RegistrationStatus.State;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.serviceregistry.ServiceRegistry;

/**
 * Registers instances under the lease of this application. No method waits for etcd: what
 * is asked for is done as soon as etcd can take it, and done again whenever etcd lost it.
 * Safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class EtcdServiceRegistry implements ServiceRegistry<EtcdRegistration> {

	/**
	 * An instance is sent to every client, and etcd refuses 1.5 MiB unless told not to.
	 */
	private static final int MAX_BYTES = 1024 * 1024;

	private static final String OUT_OF_SERVICE = "OUT_OF_SERVICE";

	private static final Set<String> STATUSES = Set.of(EtcdServiceInstance.UP, "DOWN", OUT_OF_SERVICE, "UNKNOWN");

	private final LeaseSession session;

	private final InstanceKeys keys;

	private final boolean deregister;

	private final Map<String, EtcdServiceInstance> registered = new TreeMap<>();

	/** Those that this application registers by itself, and not now. */
	private final Set<EtcdRegistration> withheld = Collections.newSetFromMap(new IdentityHashMap<>());

	private final Set<String> warnings = new CopyOnWriteArraySet<>();

	EtcdServiceRegistry(LeaseSession session, InstanceKeys keys, boolean deregister) {
		this.session = session;
		this.keys = keys;
		this.deregister = deregister;
	}

	/**
	 * Register an instance, or make known what changed in its registration. For the
	 * instance that this application registers by itself this takes effect when it
	 * accepts traffic, and at once while it does.
	 * @param registration the registration
	 * @throws IllegalArgumentException if it has no port or is larger than 1 MiB
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
	 * Register an instance whether it was withheld or not.
	 * @param registration the registration
	 * @return completes on the thread of the lease when etcd holds the instance
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
		return this.session.put(key, value);
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
	}

	/**
	 * Take an instance out and keep it out until it is published.
	 * @param registration the registration
	 * @return completes on the thread of the lease when etcd no longer holds the instance
	 */
	synchronized CompletableFuture<Void> withhold(EtcdRegistration registration) {
		this.withheld.add(registration);
		return withdraw(registration);
	}

	private CompletableFuture<Void> withdraw(EtcdRegistration registration) {
		String key = key(registration.getInstance());
		return (this.registered.remove(key) != null) ? this.session.remove(key)
				: CompletableFuture.completedFuture(null);
	}

	/**
	 * Change the status of an instance. Only one that is {@code UP} is called.
	 * @param registration the registration
	 * @param status one of {@code UP}, {@code DOWN}, {@code OUT_OF_SERVICE} and
	 * {@code UNKNOWN}, in any case
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
	 * The status of an instance.
	 * @param registration the registration
	 * @return the status, {@code OUT_OF_SERVICE} while it is not registered
	 */
	@Override
	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	public synchronized <T> T getStatus(EtcdRegistration registration) {
		EtcdServiceInstance instance = registration.getInstance();
		return (T) (this.registered.containsKey(key(instance)) ? instance.status() : OUT_OF_SERVICE);
	}

	void warn(String warning) {
		this.warnings.add(warning);
	}

	void removeWarning(String warning) {
		this.warnings.remove(warning);
	}

	/**
	 * What keeps callers from reaching this application, or this application from being
	 * registered.
	 * @return a sentence for each, with the remedy
	 */
	public List<String> warnings() {
		return List.copyOf(this.warnings);
	}

	/**
	 * What this application has registered or is to register.
	 * @return how each instance stands
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

	private static RegistrationStatus status(String key, EtcdServiceInstance instance, State state,
			@Nullable Instant since) {
		return new RegistrationStatus(instance.serviceId(), instance.instanceId(), key, instance.status(), state,
				since);
	}

	/**
	 * End all registrations and give back the lease. Takes up to a few seconds when etcd
	 * does not answer.
	 */
	@Override
	public void close() {
		if (this.deregister) {
			this.session.close();
		}
		else {
			this.session.abandon();
		}
	}

	private String key(EtcdServiceInstance instance) {
		return this.keys.key(instance.serviceId(), instance.instanceId());
	}

}
