package io.github.etcdspring.dev;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Ends what has been started for the imports when there will be no application context
 * that does it.
 */
final class FailedStart implements SpringApplicationRunListener {

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
	 * What there is to do.
	 */
	@FunctionalInterface
	interface CleanUp {

		void run();

	}

}
