package io.github.etcdspring.config;

import java.util.List;
import java.util.stream.Stream;

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
	 * An application is there that will read etcd.
	 * @param context where a resolver looks for that
	 */
	static void expectApplication(BootstrapRegistry context) {
		context.registerIfAbsent(EtcdConfigDataLocationResolver.class, InstanceSupplier.from(() -> null));
	}

	@Override
	public boolean isResolvable(ConfigDataLocationResolverContext context, ConfigDataLocation location) {
		return location.hasPrefix(ImportLocation.SCHEME);
	}

	/** All of it waits for the profiles, which documents may depend on. */
	@Override
	public List<EtcdConfigDataResource> resolve(ConfigDataLocationResolverContext context,
			ConfigDataLocation location) {
		return List.of();
	}

	@Override
	public List<EtcdConfigDataResource> resolveProfileSpecific(ConfigDataLocationResolverContext context,
			ConfigDataLocation location, Profiles profiles) {
		ImportLocation parsed = ImportLocation.parse(location);
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
				.warn("spring.config.import=etcd: is not read, as the context is created without a SpringApplication."
						+ " Start it by SpringApplication or @SpringBootTest, or set spring.cloud.etcd.config.enabled=false");
		}
	}

}
