package io.github.etcdspring.registry;

import java.net.URI;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

import org.springframework.cloud.client.serviceregistry.Registration;

/**
 * Registration of an instance of this application. Status and metadata may change while
 * it is registered; {@link EtcdServiceRegistry#register} then writes the change to etcd.
 * Thread-safe.
 *
 * @since 0.1.0
 */
public final class EtcdRegistration implements Registration {

	private final AtomicReference<EtcdServiceInstance> instance;

	private final Map<String, String> metadata = new RegistrationMetadata(this);

	/**
	 * Create a registration.
	 * @param instance the instance to register
	 */
	public EtcdRegistration(EtcdServiceInstance instance) {
		this.instance = new AtomicReference<>(instance);
	}

	/**
	 * Return the current state of the instance.
	 * @return an immutable instance
	 */
	public EtcdServiceInstance getInstance() {
		return Objects.requireNonNull(this.instance.get());
	}

	/**
	 * Replace the metadata. While the instance is registered, the change takes effect
	 * with {@link EtcdServiceRegistry#register}.
	 * @param metadata the complete metadata
	 */
	public void setMetadata(Map<String, String> metadata) {
		update((instance) -> instance.withMetadata(metadata));
	}

	void update(UnaryOperator<EtcdServiceInstance> change) {
		this.instance.updateAndGet(change);
	}

	@Override
	public String getInstanceId() {
		return getInstance().instanceId();
	}

	@Override
	public String getServiceId() {
		return getInstance().serviceId();
	}

	@Override
	public String getHost() {
		return getInstance().host();
	}

	@Override
	public int getPort() {
		return getInstance().port();
	}

	@Override
	public boolean isSecure() {
		return getInstance().secure();
	}

	@Override
	public String getScheme() {
		return getInstance().getScheme();
	}

	@Override
	public URI getUri() {
		return getInstance().getUri();
	}

	/**
	 * Return the modifiable metadata. A listener for {@code InstancePreRegisteredEvent}
	 * may change it before the registration. A later change takes effect with
	 * {@link EtcdServiceRegistry#register}.
	 * @return a live view of the metadata
	 */
	@Override
	public Map<String, String> getMetadata() {
		return this.metadata;
	}

	@Override
	public String toString() {
		return "EtcdRegistration[" + getInstance() + "]";
	}

}
