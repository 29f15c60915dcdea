package io.github.etcdspring.grpc;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.grpc.NameResolver;
import org.jspecify.annotations.Nullable;

/**
 * Services of an application context, for the name resolvers of its channels. gRPC knows
 * one set of name resolvers per class loader, so a channel without an application context
 * of its own uses the one that was opened last.
 */
final class ContextServices implements AutoCloseable {

	/** Binds a channel to an application context. */
	static final NameResolver.Args.Key<ContextServices> ARGUMENT = NameResolver.Args.Key
		.create("io.github.etcdspring.services");

	/** Those of all open application contexts, the last one last. */
	private static final List<ContextServices> OPEN = new CopyOnWriteArrayList<>();

	private final ServiceCatalog catalog;

	private final @Nullable ServiceConfigs serviceConfigs;

	/**
	 * Create the services of an application context.
	 * @param catalog its service catalog
	 * @param serviceConfigs the service configs of its channels, {@code null} for none
	 */
	ContextServices(ServiceCatalog catalog, @Nullable ServiceConfigs serviceConfigs) {
		this.catalog = catalog;
		this.serviceConfigs = serviceConfigs;
	}

	/**
	 * Return the services of the application context that was opened last.
	 * @return the services, {@code null} if no application context is open
	 */
	static @Nullable ContextServices latest() {
		ContextServices latest = null;
		for (ContextServices open : OPEN) {
			latest = open;
		}
		return latest;
	}

	void open() {
		OPEN.add(this);
	}

	@Override
	public void close() {
		OPEN.remove(this);
	}

	ServiceCatalog catalog() {
		return this.catalog;
	}

	/**
	 * Return the same services for a channel with a service config of its own.
	 * @return the services
	 */
	ContextServices withoutServiceConfig() {
		return new ContextServices(this.catalog, null);
	}

	/**
	 * Return the service config of a channel.
	 * @param service the name of the service that it calls
	 * @return the service config, {@code null} for none
	 */
	@Nullable Map<String, ?> serviceConfig(String service) {
		return (this.serviceConfigs != null) ? this.serviceConfigs.of(service) : null;
	}

}
