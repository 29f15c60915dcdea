package io.github.etcdspring.dev;

import io.github.etcdspring.client.BootstrapConnectionDetails;
import io.github.etcdspring.client.EtcdConnectionDetails;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.GenericApplicationContext;

/**
 * Connection details of a service of Docker Compose. Spring Boot's own listener starts
 * the services earlier than it otherwise would, and stops them as it always does; it
 * finds them running when the application context is prepared.
 */
final class BootstrapCompose implements BootstrapConnectionDetails {

	private static final String LISTENER = "org.springframework.boot.docker.compose.lifecycle.DockerComposeListener";

	private final SpringApplication application;

	BootstrapCompose(SpringApplication application) {
		this.application = application;
	}

	@Override
	public @Nullable EtcdConnectionDetails find(Binder binder) {
		SimpleApplicationEventMulticaster multicaster = new SimpleApplicationEventMulticaster();
		for (ApplicationListener<?> listener : this.application.getListeners()) {
			if (listener.getClass().getName().equals(LISTENER)) {
				multicaster.addApplicationListener(listener);
			}
		}
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.setEnvironment(BinderPropertySource.environment(binder));
			multicaster.multicastEvent(new ApplicationPreparedEvent(this.application, new String[0], context));
			return context.getDefaultListableBeanFactory()
				.getBeanProvider(EtcdConnectionDetails.class)
				.getIfAvailable();
		}
	}

}
