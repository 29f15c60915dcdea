package io.github.etcdspring.dev;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * What has been configured so far, while the environment of the application does not have
 * all of it yet.
 */
final class BinderPropertySource extends PropertySource<Binder> {

	private BinderPropertySource(Binder binder) {
		super("configuredSoFar", binder);
	}

	/**
	 * An environment with nothing else.
	 * @param binder binds what has been configured so far
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
