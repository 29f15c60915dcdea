package io.github.etcdspring.config;

import java.util.List;
import java.util.stream.Stream;

import io.github.etcdspring.config.EtcdConfigDataResource.Location;
import org.apache.commons.logging.Log;

import org.springframework.boot.bootstrap.BootstrapRegistry;
import org.springframework.boot.bootstrap.BootstrapRegistry.InstanceSupplier;
import org.springframework.boot.context.config.ConfigDataLocation;
import org.springframework.boot.context.config.ConfigDataLocationResolver;
import org.springframework.boot.context.config.ConfigDataLocationResolverContext;
import org.springframework.boot.context.config.Profiles;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.logging.DeferredLogFactory;

/**
 * Resolves {@code etcd:} to the contexts of the application, and {@code etcd:/prefix/} to
 * that prefix.
 */
final class EtcdConfigDataLocationResolver implements ConfigDataLocationResolver<EtcdConfigDataResource> {

	private final Log log;

	private boolean warned;

	EtcdConfigDataLocationResolver(DeferredLogFactory logs) {
		this.log = logs.getLog(ConfigImport.class);
	}

	/**
	 * Mark a bootstrap context as one of a {@code SpringApplication}, which will read
	 * etcd.
	 * @param context the bootstrap context
	 */
	static void markSpringApplication(BootstrapRegistry context) {
		context.registerIfAbsent(EtcdConfigDataLocationResolver.class, InstanceSupplier.from(() -> null));
	}

	@Override
	public boolean isResolvable(ConfigDataLocationResolverContext context, ConfigDataLocation location) {
		return location.hasPrefix(Location.SCHEME);
	}

	/** Resolved with the profiles, as documents may depend on them. */
	@Override
	public List<EtcdConfigDataResource> resolve(ConfigDataLocationResolverContext context,
			ConfigDataLocation location) {
		return List.of();
	}

	@Override
	public List<EtcdConfigDataResource> resolveProfileSpecific(ConfigDataLocationResolverContext context,
			ConfigDataLocation location, Profiles profiles) {
		Location parsed = Location.parse(location);
		if (!context.getBootstrapContext().isRegistered(EtcdConfigDataLocationResolver.class)) {
			warnOfMissingApplication(context.getBinder());
		}
		EtcdConfigDataResource resource = new EtcdConfigDataResource(parsed, location.isOptional(), false, profiles);
		return (parsed.hasProfiles())
				? List.of(resource, new EtcdConfigDataResource(parsed, location.isOptional(), true, profiles))
				: List.of(resource);
	}

	private void warnOfMissingApplication(Binder binder) {
		boolean enabled = Stream.of("spring.cloud.etcd.enabled", "spring.cloud.etcd.config.enabled")
			.allMatch((name) -> binder.bind(name, Boolean.class).orElse(true));
		if (enabled && !this.warned) {
			this.warned = true;
			this.log
				.warn("spring.config.import=etcd: is ignored, as the context is created without a SpringApplication."
						+ " Use SpringApplication or @SpringBootTest, or set spring.cloud.etcd.config.enabled=false");
		}
	}

}
