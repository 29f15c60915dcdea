package io.github.etcdspring.client;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Closes the {@link BootstrapClient} of an application that does not use it, or whose
 * start has failed.
 */
final class BootstrapClientRunListener implements SpringApplicationRunListener {

	private @Nullable ConfigurableBootstrapContext bootstrapContext;

	@Override
	public void starting(ConfigurableBootstrapContext bootstrapContext) {
		this.bootstrapContext = bootstrapContext;
	}

	@Override
	public void started(ConfigurableApplicationContext context, @Nullable Duration timeTaken) {
		close();
	}

	@Override
	public void failed(@Nullable ConfigurableApplicationContext context, Throwable exception) {
		close();
	}

	private void close() {
		ConfigurableBootstrapContext context = this.bootstrapContext;
		BootstrapClient client = (context != null) ? context.getOrElse(BootstrapClient.class, null) : null;
		if (client != null) {
			client.closeUnlessTaken();
		}
	}

}
