package io.github.etcdspring.test;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Stops containers that were started for an import when startup fails and no application
 * context will stop them.
 */
final class FailedStartupRunListener implements SpringApplicationRunListener {

	private @Nullable ConfigurableBootstrapContext bootstrapContext;

	@Override
	public void starting(ConfigurableBootstrapContext bootstrapContext) {
		this.bootstrapContext = bootstrapContext;
	}

	@Override
	public void failed(@Nullable ConfigurableApplicationContext context, Throwable exception) {
		CleanUp cleanUp = (this.bootstrapContext != null) ? this.bootstrapContext.getOrElse(CleanUp.class, null) : null;
		if (cleanUp != null) {
			cleanUp.run();
		}
	}

	/**
	 * Action to run when startup fails.
	 */
	@FunctionalInterface
	interface CleanUp {

		void run();

	}

}
