package io.github.etcdspring.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.github.etcdspring.config.ConfigImport.Request;
import io.github.etcdspring.config.EtcdConfigDataLoader.Placeholder;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.config.ConfigDataNotFoundAction;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;

/**
 * Reads all imports from etcd after Spring Boot has loaded the other configuration, and
 * replaces their placeholders with property sources.
 */
final class EtcdConfigEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

	private static final BindHandler NO_OP_HANDLER = new BindHandler() {
	};

	private static final String TEST_INITIALIZER_PREFIX = "org.springframework.boot.test.context.SpringBootContextLoader";

	private final Log log;

	private final ConfigurableBootstrapContext bootstrapContext;

	EtcdConfigEnvironmentPostProcessor(DeferredLogFactory logs, ConfigurableBootstrapContext bootstrapContext) {
		this.log = logs.getLog(ConfigImport.class);
		this.bootstrapContext = bootstrapContext;
		EtcdConfigDataLocationResolver.markSpringApplication(bootstrapContext);
	}

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		if (placeholders(environment).isEmpty()) {
			return;
		}
		if (isTest(application) && isStart()) {
			// @DynamicPropertySource adds properties with an initializer
			application.addInitializers((context) -> read(context.getEnvironment()));
		}
		else {
			read(environment);
		}
	}

	/** A refresh reuses the bootstrap context of the start. */
	private boolean isStart() {
		boolean start = !this.bootstrapContext.isRegistered(getClass());
		this.bootstrapContext.registerIfAbsent(EtcdConfigEnvironmentPostProcessor.class, (context) -> this);
		return start;
	}

	private static boolean isTest(SpringApplication application) {
		return application.getInitializers()
			.stream()
			.anyMatch((initializer) -> initializer.getClass().getName().startsWith(TEST_INITIALIZER_PREFIX));
	}

	private void read(ConfigurableEnvironment environment) {
		List<Placeholder> placeholders = placeholders(environment);
		if (placeholders.isEmpty()) {
			// called by the initializer of an earlier run of the same application
			return;
		}
		Binder binder = Binder.get(environment);
		EtcdConfigProperties properties = binder.bindOrCreate("spring.cloud.etcd.config",
				Bindable.of(EtcdConfigProperties.class),
				Objects.requireNonNull(this.bootstrapContext.getOrElse(BindHandler.class, NO_OP_HANDLER)));
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
		for (Placeholder placeholder : placeholders) {
			List<ConfigContext> own = placeholder.getSource().contexts(properties, binder);
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
		configImport.read(new Request(contexts, mandatory, properties, placeholders.get(0).getSource().profiles(),
				CloudPlatform.getActive(environment)), binder, this.bootstrapContext, this.log);
	}

	private static List<Placeholder> placeholders(ConfigurableEnvironment environment) {
		return environment.getPropertySources()
			.stream()
			.filter(Placeholder.class::isInstance)
			.map(Placeholder.class::cast)
			.toList();
	}

	/** Other post-processors may need properties from etcd. */
	@Override
	public int getOrder() {
		return ConfigDataEnvironmentPostProcessor.ORDER + 1;
	}

	/**
	 * Registers hints for the properties that an import binds before beans are created.
	 */
	static final class Hints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			BindableRuntimeHintsRegistrar.forTypes(EtcdConfigProperties.class).registerHints(hints);
		}

	}

}
