package io.github.etcdspring.test;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Property source backed by the {@link Binder} of an import, for use before the
 * application's environment is complete.
 */
final class BinderPropertySource extends PropertySource<Binder> {

	private BinderPropertySource(Binder binder) {
		super("binder", binder);
	}

	/**
	 * Create an environment whose first property source is the binder.
	 * @param binder binds the properties loaded so far
	 * @return the environment
	 */
	static ConfigurableEnvironment environment(Binder binder) {
		ConfigurableEnvironment environment = new StandardEnvironment();
		environment.getPropertySources().addFirst(new BinderPropertySource(binder));
		return environment;
	}

	@Override
	public @Nullable Object getProperty(String name) {
		return ConfigurationPropertyName.isValid(name) ? this.source.bind(name, String.class).orElse(null) : null;
	}

}
