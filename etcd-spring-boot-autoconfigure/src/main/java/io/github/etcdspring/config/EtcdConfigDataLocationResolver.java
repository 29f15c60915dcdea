package io.github.etcdspring.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.config.ConfigDataLocation;
import org.springframework.boot.context.config.ConfigDataLocationResolver;
import org.springframework.boot.context.config.ConfigDataLocationResolverContext;
import org.springframework.boot.context.config.Profiles;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;

/**
 * Resolves {@code etcd:} to the contexts of the application, and {@code etcd:/prefix/} to
 * that prefix.
 */
final class EtcdConfigDataLocationResolver implements ConfigDataLocationResolver<EtcdConfigDataResource> {

	private static final String PREFIX = "etcd:";

	private static final BindHandler PLAIN = new BindHandler() {
	};

	@Override
	public boolean isResolvable(ConfigDataLocationResolverContext context, ConfigDataLocation location) {
		return location.hasPrefix(PREFIX);
	}

	/** All of it waits for the profiles, so that everything is read at once. */
	@Override
	public List<EtcdConfigDataResource> resolve(ConfigDataLocationResolverContext context,
			ConfigDataLocation location) {
		return List.of();
	}

	@Override
	public List<EtcdConfigDataResource> resolveProfileSpecific(ConfigDataLocationResolverContext context,
			ConfigDataLocation location, Profiles profiles) {
		Binder binder = context.getBinder();
		ConfigurableBootstrapContext bootstrap = context.getBootstrapContext();
		EtcdConfigProperties properties = binder.bindOrCreate("spring.cloud.etcd.config",
				Bindable.of(EtcdConfigProperties.class),
				Objects.requireNonNull(bootstrap.getOrElse(BindHandler.class, PLAIN)));
		if (!properties.enabled() || !binder.bind("spring.cloud.etcd.enabled", Boolean.class).orElse(true)) {
			return List.of(EtcdConfigDataResource.DISABLED);
		}
		List<EtcdConfigDataResource> resources = new ArrayList<>();
		String prefix = location.getNonPrefixedValue(PREFIX).trim();
		if (!prefix.isEmpty()) {
			resources.add(resource(prefix.endsWith("/") ? prefix : prefix + "/", location, false));
		}
		else {
			for (String name : names(properties, binder)) {
				String start = start(properties.prefix()) + name;
				resources.add(resource(start + "/", location, false));
				for (String profile : profiles.getAccepted()) {
					resources.add(resource(start + properties.profileSeparator() + profile + "/", location, true));
				}
			}
		}
		ConfigImport.in(bootstrap).prepare(binder, properties, profiles, resources);
		return resources;
	}

	private static String start(String prefix) {
		if (!StringUtils.hasText(prefix)) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.config.prefix", prefix,
					"It must not be empty.");
		}
		return prefix.endsWith("/") ? prefix : prefix + "/";
	}

	/** Names of which the later one wins. */
	private static List<String> names(EtcdConfigProperties properties, Binder binder) {
		List<String> names = new ArrayList<>();
		if (StringUtils.hasText(properties.defaultContext())) {
			names.add(properties.defaultContext());
		}
		String name = StringUtils.hasText(properties.name()) ? properties.name()
				: binder.bind("spring.application.name", String.class).orElse("");
		if (StringUtils.hasText(name) && !names.contains(name)) {
			names.add(name);
		}
		return names;
	}

	private static EtcdConfigDataResource resource(String prefix, ConfigDataLocation location,
			boolean profileSpecific) {
		return new EtcdConfigDataResource(new ConfigContext(prefix), location.isOptional(), profileSpecific);
	}

}
