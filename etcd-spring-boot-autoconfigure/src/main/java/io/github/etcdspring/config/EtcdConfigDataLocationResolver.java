package io.github.etcdspring.config;

import java.util.List;

import org.springframework.boot.context.config.ConfigDataLocation;
import org.springframework.boot.context.config.ConfigDataLocationResolver;
import org.springframework.boot.context.config.ConfigDataLocationResolverContext;
import org.springframework.boot.context.config.Profiles;

/**
 * Resolves {@code etcd:} to the contexts of the application, and {@code etcd:/prefix/} to
 * that prefix.
 */
final class EtcdConfigDataLocationResolver implements ConfigDataLocationResolver<EtcdConfigDataResource> {

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
		EtcdConfigDataResource resource = new EtcdConfigDataResource(parsed, location.isOptional(), false, profiles);
		return (parsed.hasProfiles())
				? List.of(resource, new EtcdConfigDataResource(parsed, location.isOptional(), true, profiles))
				: List.of(resource);
	}

}
