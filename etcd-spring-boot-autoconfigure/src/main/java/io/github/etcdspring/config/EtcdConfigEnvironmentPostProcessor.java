package io.github.etcdspring.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

import org.apache.commons.logging.Log;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.config.ConfigDataNotFoundAction;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.util.StringUtils;

/**
 * Reads all imports from etcd as soon as the other configuration is known, and puts their
 * property sources in the place of the placeholders.
 */
final class EtcdConfigEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

	private static final BindHandler PLAIN = new BindHandler() {
	};

	private static final String TEST_INITIALIZERS = "org.springframework.boot.test.context.SpringBootContextLoader";

	private final Log log;

	private final ConfigurableBootstrapContext bootstrapContext;

	EtcdConfigEnvironmentPostProcessor(DeferredLogFactory logs, ConfigurableBootstrapContext bootstrapContext) {
		this.log = logs.getLog(ConfigImport.class);
		this.bootstrapContext = bootstrapContext;
	}

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		if (placeholders(environment).isEmpty()) {
			return;
		}
		if (isTest(application) && isStart()) {
			// @DynamicPropertySource adds properties by an initializer
			application.addInitializers((context) -> read(context.getEnvironment()));
		}
		else {
			read(environment);
		}
	}

	/** In a refresh the bootstrap context is that of the start. */
	private boolean isStart() {
		boolean start = !this.bootstrapContext.isRegistered(getClass());
		this.bootstrapContext.registerIfAbsent(EtcdConfigEnvironmentPostProcessor.class, (context) -> this);
		return start;
	}

	private static boolean isTest(SpringApplication application) {
		return application.getInitializers()
			.stream()
			.anyMatch((initializer) -> initializer.getClass().getName().startsWith(TEST_INITIALIZERS));
	}

	private void read(ConfigurableEnvironment environment) {
		List<ImportPlaceholder> placeholders = placeholders(environment);
		if (placeholders.isEmpty()) {
			// the initializer of an earlier run of the same application
			return;
		}
		Binder binder = Binder.get(environment);
		EtcdConfigProperties properties = binder.bindOrCreate("spring.cloud.etcd.config",
				Bindable.of(EtcdConfigProperties.class),
				Objects.requireNonNull(this.bootstrapContext.getOrElse(BindHandler.class, PLAIN)));
		if (!properties.enabled() || !binder.bind("spring.cloud.etcd.enabled", Boolean.class).orElse(true)) {
			placeholders.forEach((placeholder) -> environment.getPropertySources().remove(placeholder.getName()));
			return;
		}
		boolean ignored = binder.bind("spring.config.on-not-found", ConfigDataNotFoundAction.class)
			.map((action) -> action == ConfigDataNotFoundAction.IGNORE)
			.orElse(false);
		ConfigImport configImport = ConfigImport.in(this.bootstrapContext);
		Set<ConfigContext> contexts = new LinkedHashSet<>();
		Set<ConfigContext> mandatory = new LinkedHashSet<>();
		for (ImportPlaceholder placeholder : placeholders) {
			List<ConfigContext> own = contexts(placeholder.getSource(), properties, binder);
			if (!placeholder.getSource().isOptional() && !ignored) {
				mandatory.addAll(own);
			}
			MutablePropertySources sources = environment.getPropertySources();
			for (ConfigContext context : own) {
				if (contexts.add(context)) {
					sources.addBefore(placeholder.getName(), configImport.store().propertySource(context.sourceName()));
				}
			}
			sources.remove(placeholder.getName());
		}
		configImport.read(new ImportRequest(contexts, mandatory, properties, placeholders.get(0).getSource().profiles(),
				CloudPlatform.getActive(environment)), binder, this.bootstrapContext, this.log);
	}

	private static List<ImportPlaceholder> placeholders(ConfigurableEnvironment environment) {
		return environment.getPropertySources()
			.stream()
			.filter(ImportPlaceholder.class::isInstance)
			.map(ImportPlaceholder.class::cast)
			.toList();
	}

	/** In descending precedence. */
	private static List<ConfigContext> contexts(EtcdConfigDataResource resource, EtcdConfigProperties properties,
			Binder binder) {
		List<String> bases = new ArrayList<>();
		for (ImportLocation.Prefix prefix : resource.location().prefixes()) {
			if (prefix.profiles() || !resource.isProfileSpecific()) {
				bases.add(prefix.text().substring(0, prefix.text().length() - 1));
			}
		}
		if (resource.location().isContexts()) {
			names(properties, binder).forEach((name) -> bases.add(start(properties.prefix()) + name));
		}
		List<ConfigContext> contexts = new ArrayList<>();
		for (String base : bases) {
			if (!resource.isProfileSpecific()) {
				contexts.add(0, new ConfigContext(base + "/"));
				continue;
			}
			for (String profile : resource.profiles().getAccepted()) {
				contexts.add(0, new ConfigContext(base + properties.profileSeparator() + profile + "/"));
			}
		}
		if (resource.isProfileSpecific() && resource.location().isContexts()) {
			addVariants(contexts, bases, properties, binder);
		}
		return contexts;
	}

	/** Above the profiles, as they say more of the instance than those. */
	private static void addVariants(List<ConfigContext> contexts, List<String> bases, EtcdConfigProperties properties,
			Binder binder) {
		for (EtcdConfigProperties.Variant variant : properties.variants()) {
			String value = binder.bind(variant.property(), String.class).orElse("");
			if (!StringUtils.hasText(value)) {
				throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.config.variants", variant,
						"It needs a value. Set " + variant.property() + ".");
			}
			for (String base : bases) {
				contexts.add(0, new ConfigContext(
						base + ";" + variant.name().toLowerCase(Locale.ROOT) + "=" + value.trim() + "/"));
			}
		}
	}

	private static String start(String prefix) {
		if (!StringUtils.hasText(prefix)) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.config.prefix", prefix,
					"It must not be empty.");
		}
		return prefix.endsWith("/") ? prefix : prefix + "/";
	}

	/** Names of which the later one wins. */
	private static Set<String> names(EtcdConfigProperties properties, Binder binder) {
		Set<String> names = new LinkedHashSet<>();
		names.add(properties.defaultContext());
		if (properties.name().isEmpty()) {
			names.add(binder.bind("spring.application.name", String.class).orElse(""));
		}
		names.addAll(properties.name());
		names.removeIf((name) -> !StringUtils.hasText(name));
		return names;
	}

	/** Other post-processors may need what etcd holds. */
	@Override
	public int getOrder() {
		return ConfigDataEnvironmentPostProcessor.ORDER + 1;
	}

}
